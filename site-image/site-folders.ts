/**
 * A site on disk: every folder by its name, in one place (design: "A site on disk").
 */
import { join, relative, sep } from "node:path";

import type { PackageId, ServerName, SiteCode } from "../domain/identifiers.ts";
import type { SenderType } from "../domain/package.ts";
import { type Priority, priorityFolder } from "../domain/priority.ts";

export class SiteFolders {
  readonly root: string;
  readonly #site: SiteCode;

  constructor(root: string, site: SiteCode) {
    this.root = root;
    this.#site = site;
  }

  /** A path as the journal and the logs show it: below the site's folder, with `/`. */
  shown(path: string): string {
    return relative(this.root, path).split(sep).join("/");
  }

  get database() {
    return join(this.root, "site.db");
  }
  get journal() {
    return join(this.root, "journal.jsonl");
  }
  get privateKey() {
    return join(this.root, "site.key");
  }
  get logs() {
    return join(this.root, "SMS/Logs");
  }
  /** Where the compressed copies and the deltas to them are. */
  get compressedCopies() {
    return join(this.root, "SMSPKG");
  }
  compressedCopy(id: PackageId) {
    return join(this.compressedCopies, `${id}.PKG`);
  }
  /** What makes the compressed copy out of that of the version `base`. */
  delta(id: PackageId, base: number) {
    return join(this.compressedCopies, `${id}.DLT.${base}`);
  }
  /** Where a compressed copy or a delta is made before it is moved to SMSPKG; on the same disk, so the move is one rename. */
  get compressing() {
    return join(this.root, "SMSPKG/Temp");
  }
  get distributionManager() {
    return join(this.root, "SMS/Inboxes/Distmgr.box");
  }
  get distributionManagerIncoming() {
    return join(this.root, "SMS/Inboxes/Distmgr.box/Incoming");
  }
  get packageInformation() {
    return join(this.root, "SMS/Inboxes/Pkginfo.box");
  }
  replicationOutbound(priority: Priority) {
    return join(this.root, "SMS/Inboxes/Replmgr.box/Outbound", priorityFolder[priority]);
  }
  get replicationIncoming() {
    return join(this.root, "SMS/Inboxes/Replmgr.box/Incoming");
  }
  get scheduler() {
    return join(this.root, "SMS/Inboxes/Schedule.box");
  }
  get toSend() {
    return join(this.root, "SMS/Inboxes/Schedule.box/Tosend");
  }
  /** Send requests that no sender may have yet. */
  get requests() {
    return join(this.root, "SMS/Inboxes/Schedule.box/Requests");
  }
  outbox(sender: SenderType) {
    return join(this.root, "SMS/Inboxes/Schedule.box/Outboxes", sender);
  }
  /** The SMS_SITE share. */
  get receive() {
    return join(this.root, "SMS/Inboxes/Despoolr.box/Receive");
  }
  get siteSystems() {
    return join(this.root, "SiteSystems");
  }
  /** The common package share of a distribution point, by the letter of its drive. */
  packageShare(server: ServerName, drive = "C") {
    return join(this.siteSystems, server, `SMSPKG${drive}$`);
  }
  clientAccessPoint(server: ServerName) {
    return join(this.siteSystems, server, `CAP_${this.#site}/Pkginfo.box`);
  }
  managementPoint(server: ServerName) {
    return join(this.siteSystems, server, `MP_${this.#site}/Pkginfo.box`);
  }
}
