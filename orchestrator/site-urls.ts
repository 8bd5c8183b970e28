/**
 * Where sites are that run already: `CODE=url` for one, a template with `{site}` for all. Pure.
 */
import { z } from "zod";

import { type SiteCode, siteCode } from "../domain/identifiers.ts";
import { Failure } from "./failure.ts";

const url = z.url({ protocol: /^https?$/ });

/** What a mistake is called by: the option of the pairs, the variable of the template. */
type Names = { readonly option: string; readonly variable: string };
const siteUrlNames: Names = { option: "--site-url", variable: "SPOOLNET_SITE_URL" };
export const addressUrlNames: Names = { option: "--address-url", variable: "SPOOLNET_ADDRESS_URL" };

/** `pairs` come before `template`, in which `{site}` stands for the code in small letters. */
export function siteUrls(
  pairs: readonly string[],
  template: string | undefined,
  { option, variable }: Names = siteUrlNames,
): (code: SiteCode) => string | undefined {
  const given = new Map(pairs.map((pair) => pairOf(pair, option)));
  if (template && !url.safeParse(template.replaceAll("{site}", "cen")).success) {
    throw new Failure("usage", `${variable}: expected a URL like http://{site}:2003, found "${template}"`);
  }
  return (code) => given.get(code) ?? (template?.replaceAll("{site}", code.toLowerCase()) || undefined);
}

function pairOf(text: string, option: string): [SiteCode, string] {
  const [, code, at] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const parsed = z.tuple([siteCode, url]).safeParse([code, at]);
  if (parsed.success) return parsed.data;
  throw new Failure(
    "usage",
    `${option}: expected a site code and a URL, like CEN=http://10.0.0.1:2003, found "${text}"`,
  );
}
