/**
 * The plan of a site as the environment of its process or container (site-image/site-config.ts reads it). The
 * administrator's token is never part of it: an environment is there for everybody to see. Pure.
 */
import { senderType } from "../domain/package.ts";
import { type SiteSenders, settingsOf } from "../domain/sender-settings.ts";
import type { SitePlan } from "./topology/plan.ts";

/** What is empty is left out. */
export function siteEnvironment(plan: SitePlan): Record<string, string> {
  const all = {
    SPOOLNET_SITE_CODE: plan.code,
    SPOOLNET_SITE_NAME: plan.name,
    SPOOLNET_SITE_TYPE: plan.type,
    SPOOLNET_PARENT_SITE: plan.parent ?? "",
    SPOOLNET_TIME_ZONE: plan.timeZone,
    SPOOLNET_DISTRIBUTION_POINTS: plan.distributionPoints.join(","),
    SPOOLNET_CLIENT_ACCESS_POINTS: plan.clientAccessPoints.join(","),
    SPOOLNET_MANAGEMENT_POINTS: plan.managementPoints.join(","),
    SPOOLNET_SENDERS: sendersWords(plan.senders),
    SPOOLNET_INTAKE_TRANSFERS: String(plan.intake?.transfers ?? ""),
    SPOOLNET_INTAKE_MEMORY: plan.intake ? `${plan.intake.memoryBytes} B` : "",
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

/** Only what is set otherwise than usual: the site knows the rest. */
function sendersWords(senders: SiteSenders): string {
  const words = senderType.options.flatMap((type) => {
    const usual: Record<string, unknown> = settingsOf({}, type);
    const other = Object.entries(senders[type] ?? {}).filter(([key, value]) => value !== usual[key]);
    return other.length > 0 ? [[type, Object.fromEntries(other)]] : [];
  });
  return words.length > 0 ? JSON.stringify(Object.fromEntries(words)) : "";
}
