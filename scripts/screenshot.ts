/**
 * Makes docs/images/npm-start.svg: what a terminal shows after `npm start`, from a real run. Needs tmux.
 *
 *   node scripts/screenshot.ts
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

const session = "spoolnet-screenshot";
const columns = 132;
const tmux = (...args: string[]) => execFileSync("tmux", ["-L", session, ...args], { encoding: "utf8" });
const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const command = `${process.execPath} orchestrator/cli.ts`;
tmux("new-session", "-d", "-s", session, "-x", String(columns), "-y", "48", command);
let screen = "";
try {
  for (let tries = 0; tries < 240 && !screen.includes("stays up until Ctrl-C"); tries++) {
    await setTimeout(250);
    screen = tmux("capture-pane", "-p", "-t", session);
  }
} finally {
  tmux("kill-server");
}
if (!screen.includes("stays up")) throw new Error(`the run did not come to its end:\n${screen}`);

const lines = ["$ npm start", ...screen.trimEnd().split("\n")].map((line) => line.trimEnd());
const [lineHeight, characterWidth, margin] = [18, 8, 16];
const width = columns * characterWidth + 2 * margin;
const height = lines.length * lineHeight + 2 * margin;
const rows = lines.map(
  (line, index) => `<text x="${margin}" y="${margin + (index + 1) * lineHeight - 5}">${escaped(line)}</text>`,
);
mkdirSync("docs/images", { recursive: true });
writeFileSync(
  "docs/images/npm-start.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>npm start</title>
<rect width="100%" height="100%" rx="8" fill="#12161c"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#d7dde5" xml:space="preserve">
${rows.join("\n")}
</g>
</svg>
`,
);
console.log(`docs/images/npm-start.svg: ${lines.length} lines`);
