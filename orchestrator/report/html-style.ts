/**
 * How the HTML report looks, by day and by night.
 */
export const style = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1b1f24; --muted: #57606a; --line: #d4d9df; --panel: #f6f8fa;
  --held: #1a7f37; --failed: #cf222e; --open: #8a5c00; --area: #0072b2; --queue: #7a4fa3;
  --s0: #0072b2; --s1: #d55e00; --s2: #00805d; --s3: #b0558a; --s4: #8a6d00; --s5: #2f8fc4; --s6: #6f42c1; --s7: #4b4b4b; }
@media (prefers-color-scheme: dark) { :root { --bg: #0d1117; --fg: #e6edf3; --muted: #9aa4af; --line: #343c46; --panel: #161c24;
  --held: #3fb950; --failed: #ff7b72; --open: #d8a32a; --area: #58a6ff; --queue: #bc8cff;
  --s0: #58a6ff; --s1: #ff9e64; --s2: #3fb998; --s3: #e39ac9; --s4: #e3c04b; --s5: #8ad1ff; --s6: #c297ff; --s7: #b8bec6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 72rem; background: var(--bg); color: var(--fg);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; display: flex; align-items: center; gap: .75rem; flex-wrap: wrap; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
p { margin: .25rem 0 .75rem; } .meta, .note { color: var(--muted); }
.chip { font-size: .8rem; font-weight: 600; padding: .1rem .55rem; border-radius: 1rem; border: 1.5px solid currentColor; white-space: nowrap; }
.held { color: var(--held); } .failed { color: var(--failed); } .open { color: var(--open); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--muted); font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.wide { width: 42%; } td.absent { color: var(--failed); font-weight: 600; }
summary { cursor: pointer; color: var(--muted); margin: .5rem 0; }
.keys { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .25rem 0 .5rem; font-size: .88rem; color: var(--muted); }
.key { display: inline-block; width: .9rem; height: .9rem; border-radius: 2px; margin-right: .4rem; vertical-align: -.12rem; }
svg.plot { display: block; width: 100%; height: auto; min-width: 44rem; overflow: visible; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--fg); }
svg .tick, svg .told { fill: var(--muted); } svg .told.faint { font-size: 10.5px; }
.grid { stroke: var(--line); stroke-width: 1; } .base { stroke: var(--muted); stroke-width: 1; }
.curve { fill: none; stroke-width: 2.5; stroke-linejoin: round; } .area { fill: var(--area); } .queue { fill: var(--queue); }
${Array.from({ length: 8 }, (_, index) => `.curve.s${index} { stroke: var(--s${index}); } .dot.s${index} { fill: var(--s${index}); } .key.s${index} { background: var(--s${index}); }`).join("\n")}
.closed { fill: url(#hatch); } .narrow { fill: var(--muted); opacity: .13; } .outage { fill: var(--failed); opacity: .35; }
.hatch { stroke: var(--muted); stroke-width: 1.4; opacity: .55; }
.key.closed { background: repeating-linear-gradient(45deg, var(--muted) 0 1.5px, transparent 1.5px 5px); }
.key.narrow { background: var(--muted); opacity: .25; } .key.outage { background: var(--failed); opacity: .45; }
.wait { fill: var(--muted); opacity: .5; } .attempt.completed { fill: var(--held); } .attempt.failed { fill: var(--failed); }
.attempt.stopped { fill: var(--open); } .attempt.sending { fill: var(--area); }
.key.wait { background: var(--muted); opacity: .5; height: .25rem; vertical-align: .2rem; } .key.completed { background: var(--held); }
.key.failed { background: var(--failed); } .key.stopped { background: var(--open); } .key.sending { background: var(--area); }
@media print { body { max-width: none; } svg.plot { break-inside: avoid; } }
`;
