/**
 * A report as one HTML file that opens without a network: everything is in it, and its policy lets nothing else in.
 */
import { durationWords } from "../topology/duration.ts";
import { bytesWords, counted, dateAndTime, logName, siteWords } from "../words.ts";
import { style } from "./html-style.ts";
import { escaped } from "./markup.ts";
import { arrivalPlot } from "./plots/arrival-plot.ts";
import { ganttPlot, mostRows } from "./plots/gantt-plot.ts";
import { linkPlot } from "./plots/link-plot.ts";
import { queuePlot } from "./plots/queue-plot.ts";
import type { ReportData } from "./report-data.ts";

export function htmlReport(data: ReportData): string {
  const { name, startMs, endMs, timeZone, scale, sites, state } = data;
  return page(
    `${name}: ${state}`,
    `${dateAndTime(startMs, timeZone)} to ${dateAndTime(endMs, timeZone)} (${timeZone}): ${durationWords(endMs - startMs)} of emulated time at scale ${scale}, ${counted(sites.length, "site")}`,
    [
      section("Expectations", expectations(data)),
      section("Arrival curve", scroll(arrivalPlot(data)), "Distribution points that have each package."),
      section("Arrivals", arrivals(data)),
      section("Links", links(data)),
      section("Queues", scroll(queuePlot(data)), "Send requests of each site that wait or are being sent."),
      section("Transfers", transfers(data)),
      section("Lines", calls(data), "Calls of RAS lines."),
      section(
        "What was made to happen",
        happened(data),
        "By the scenario, and by chance drawn from the seed.",
      ),
      section("What went wrong", failures(data)),
    ].join(""),
    `${escaped(name)} ${chip(state)}`,
  );
}

/** A page with a title, a line below it and sections; `heading` is HTML where it is more than the title. */
export function page(title: string, meta: string, sections: string, heading = escaped(title)): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs></svg>
<header>
<h1>${heading}</h1>
<p class="meta">${escaped(meta)}</p>
</header>
<main>
${sections}
</main>
</body>
</html>
`;
}

/** Nothing where there is nothing to show. */
export function section(title: string, body: string, note = ""): string {
  if (body === "") return "";
  return `<section>\n<h2>${title}</h2>\n${note ? `<p class="note">${note}</p>\n` : ""}${body}\n</section>\n`;
}

function scroll(body: string): string {
  return body === "" ? "" : `<div class="scroll">${body}</div>`;
}

function chip(state: string): string {
  return `<span class="chip ${state}">${state === "open" ? "not decided" : state}</span>`;
}

export type Cell =
  | string
  | { readonly html: string }
  | { readonly [ClassName in "number" | "absent" | "wide"]?: string };

export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const cell = (tag: "th" | "td", one: Cell) => {
    const scope = tag === "th" ? ' scope="col"' : "";
    if (typeof one === "string") return `<${tag}${scope}>${escaped(one)}</${tag}>`;
    if ("html" in one) return `<${tag}${scope}>${one.html}</${tag}>`;
    const [className = "", text = ""] = Object.entries(one)[0] ?? [];
    return `<${tag}${scope} class="${className}">${escaped(text)}</${tag}>`;
  };
  const row = (tag: "th" | "td", cells: readonly Cell[]) =>
    `<tr>${cells.map((one) => cell(tag, one)).join("")}</tr>`;
  return scroll(
    `<table><thead>${row("th", head)}</thead><tbody>\n${rows.map((cells) => row("td", cells)).join("\n")}\n</tbody></table>`,
  );
}

const openRows = 30;

/** A long one is there for who asks. */
function folded(count: number, what: string, body: string): string {
  return count <= openRows ? body : `<details><summary>${count} ${what}</summary>\n${body}\n</details>`;
}

function happened({ happened, timeZone }: ReportData): string {
  if (happened.length === 0) return "";
  const rows = happened.map(({ emulatedMs, source, text }): Cell[] => [
    dateAndTime(emulatedMs, timeZone),
    { wide: text },
    source,
  ]);
  return folded(happened.length, "steps", table(["When", "What", "Of"], rows));
}

function expectations({ expectations, timeZone }: ReportData): string {
  const held = expectations.filter(({ state }) => state === "held");
  const others = expectations.filter(({ state }) => state !== "held");
  if (expectations.length <= openRows) return expectationTable(expectations, timeZone);
  return `${expectationTable(others, timeZone)}\n${folded(held.length, "that held", expectationTable(held, timeZone))}`;
}

function expectationTable(some: ReportData["expectations"], timeZone: string): string {
  if (some.length === 0) return "";
  const rows = some.map(({ kind, state, text, numbers, why, failedMs }): Cell[] => {
    const isWhenTold = kind !== "arrival" && kind !== "order" && kind !== "nothing lost";
    const when = failedMs === null || isWhenTold ? "" : `${dateAndTime(failedMs, timeZone)}: `;
    return [{ html: chip(state) }, { wide: text }, numbers, why === null ? "" : `${when}${why}`];
  });
  return table(["", "Expected", "Measured", "When and why it failed"], rows);
}

function arrivals({ arrivals, sites, startMs }: ReportData): string {
  if (arrivals.length === 0) return "";
  const rows = arrivals.map((one): Cell[] => {
    const site = sites.find(({ code }) => code === one.site);
    const isThere = one.arrivedMs !== null;
    return [
      `${one.name} (${one.package})`,
      siteWords(site ?? { code: one.site, name: one.site }),
      one.server,
      isThere ? dateAndTime(one.arrivedMs, site?.timeZone ?? "Etc/UTC") : { absent: "not there" },
      { number: isThere ? durationWords(one.arrivedMs - startMs) : "" },
      { number: one.compressedBytes === null ? "" : bytesWords(one.compressedBytes) },
    ];
  });
  const head = [
    "Package",
    "Site",
    "Distribution point",
    "Arrived (time of the site)",
    { number: "After" },
    { number: "Compressed" },
  ];
  return folded(arrivals.length, "arrivals", table(head, rows));
}

function links(data: ReportData): string {
  const content = data.links.filter(({ isContent }) => isContent);
  const words = data.links.filter(({ isContent }) => !isContent);
  if (data.links.length === 0) return "";
  const keys = `<ul class="keys"><li><span class="key closed"></span>closed</li><li><span class="key narrow"></span>open to some priorities</li><li><span class="key outage"></span>link down</li><li>height: share of the bandwidth, or of its own peak where none is declared</li></ul>`;
  const others =
    words.length === 0
      ? ""
      : `<details><summary>${counted(words.length, "way")} with words between sites alone</summary>${scroll(linkPlot(data, words, "link-utilisation-words"))}</details>`;
  return `${keys}\n${scroll(linkPlot(data, content, "link-utilisation"))}\n${others}`;
}

function transfers(data: ReportData): string {
  const plot = ganttPlot(data);
  if (plot === "") return "";
  const keys = ["wait", "completed", "stopped", "failed", "sending"]
    .map((state) => `<li><span class="key ${state}"></span>${keyWords[state]}</li>`)
    .join("");
  const rest = data.transfers.length - mostRows;
  const note =
    rest > 0 ? `<p class="note">The first ${mostRows}; ${rest} more are in the JSON report.</p>` : "";
  return `<ul class="keys">${keys}</ul>\n${scroll(plot)}${note}`;
}

const keyWords: Readonly<Record<string, string>> = {
  wait: "waits",
  completed: "sent to its end",
  stopped: "stopped, as a window closed or the site stopped",
  failed: "failed",
  sending: "being sent",
};

function calls({ calls, endMs }: ReportData): string {
  if (calls.length === 0) return "";
  const rows = [...Map.groupBy(calls, ({ from, to }) => `${from} \u2192 ${to}`)].map(([way, own]): Cell[] => [
    way,
    { number: String(own.length) },
    { number: durationWords(own.reduce((sum, { fromMs, untilMs }) => sum + (untilMs ?? endMs) - fromMs, 0)) },
  ]);
  return table(["Line", { number: "Calls" }, { number: "Connected" }], rows);
}

function failures({ failures, failureCount, timeZone }: ReportData): string {
  if (failures.length === 0) return "";
  const rows = failures.map(({ emulatedMs, site, component, text }) => [
    dateAndTime(emulatedMs, timeZone),
    site,
    logName(component),
    text,
  ]);
  const rest = failureCount - failures.length;
  const body = `${table(["When", "Site", "Log", "What"], rows)}${rest > 0 ? `<p class="note">and ${rest} more</p>` : ""}`;
  return folded(failures.length, "failures", body);
}
