/**
 * How much of a way was used over time, with the hours in which it was not open to all shaded.
 */
import { useEffect, useRef, useState } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import type { UseView } from "../../live-entries.ts";
import { ask } from "./api.ts";
import { every } from "./page-clock.ts";
import { onTheme } from "./theme.ts";
import { rateWords, timeWords } from "./words.ts";

type Props = { from: string; to: string; timeZone: string };

const height = 150;
const shades = { narrowed: "rgba(128,128,128,0.22)", outages: "rgba(220,60,50,0.3)" } as const;

export default function UsePlot({ from, to, timeZone }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef<UseView>(undefined);
  const plot = useRef<UPlot>(undefined);
  const [isThere, setThere] = useState(false);
  useEffect(() => {
    const show = (use: UseView) => {
      latest.current = use;
      plot.current?.setData(dataOf(use));
      setThere(true);
    };
    const read = () =>
      ask<UseView>(`/api/ways/${from}/${to}/use`).then(show, () => {
        // the connection's own notice says so
      });
    void read();
    return every(3000, () => void read());
  }, [from, to]);
  useEffect(() => {
    if (!place.current || !isThere || !latest.current) return;
    const made = plotIn(place.current, timeZone, () => latest.current);
    plot.current = made;
    made.setData(dataOf(latest.current));
    const sized = new ResizeObserver(([entry]) => {
      if (entry) made.setSize({ width: Math.max(280, entry.contentRect.width), height });
    });
    sized.observe(place.current);
    const unthemed = onTheme(() => made.redraw());
    return () => {
      sized.disconnect();
      unthemed();
      plot.current = undefined;
      made.destroy();
    };
  }, [isThere, timeZone]);
  return (
    <figure>
      <div ref={place} className="plot" role="img" aria-label={`What went from ${from} to ${to} over time`} />
      <figcaption>
        What went to {to}, up to now. <i className="swatch narrowed" />
        not open to all <i className="swatch down" />
        down
      </figcaption>
    </figure>
  );
}

function dataOf({ fromMs, untilMs, rates }: UseView): UPlot.AlignedData {
  const step = (untilMs - fromMs) / rates.length;
  return [rates.map((_, index) => (fromMs + (index + 0.5) * step) / 1000), [...rates]];
}

function plotIn(place: HTMLElement, timeZone: string, use: () => UseView | undefined): UPlot {
  const ink = () => getComputedStyle(place).color;
  const font = `12px ${getComputedStyle(place).fontFamily}`;
  const shade = (plot: UPlot) => {
    const { ctx, bbox } = plot;
    const { fromMs = 0, untilMs = 0 } = use() ?? {};
    ctx.save();
    for (const kind of ["narrowed", "outages"] as const) {
      ctx.fillStyle = shades[kind];
      for (const span of use()?.[kind] ?? []) {
        const left = plot.valToPos(Math.max(span.fromMs, fromMs) / 1000, "x", true);
        const right = plot.valToPos(Math.min(span.untilMs, untilMs) / 1000, "x", true);
        ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
      }
    }
    ctx.restore();
  };
  const line = "#3b82c4";
  return new UPlot(
    {
      width: Math.max(280, place.clientWidth),
      height,
      tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), timeZone),
      legend: { show: false },
      cursor: { show: false },
      axes: [
        { stroke: ink, font, grid: { show: false }, values: (_, splits) => momentsOf(splits, timeZone) },
        {
          stroke: ink,
          font,
          size: 84,
          values: (_, values) => values.map(rateWords),
          grid: { stroke: "#8883" },
        },
      ],
      scales: {
        x: { range: () => [(use()?.fromMs ?? 0) / 1000, (use()?.untilMs ?? 1) / 1000] },
        y: { range: (_, __, most) => [0, Math.max(most, use()?.bytesPerSecond ?? 1)] },
      },
      series: [{}, { stroke: line, fill: `${line}33`, width: 1.5, points: { show: false } }],
      hooks: { drawClear: [shade] },
    },
    [[], []],
    place,
  );
}

/** The day is said where it changes. */
function momentsOf(splits: readonly number[], timeZone: string): string[] {
  let day = "";
  return splits.map((seconds) => {
    const [weekday = "", time = ""] = timeWords(seconds * 1000, timeZone)
      .slice(0, -3)
      .split(" ");
    if (weekday === day) return time;
    day = weekday;
    return `${time}\n${weekday}`;
  });
}
