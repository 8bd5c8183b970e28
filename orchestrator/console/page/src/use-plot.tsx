/**
 * How much of a way was used over time, with the hours in which it was not open to all shaded.
 */
import { useEffect, useRef, useState } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import type { UseView } from "../../live-entries.ts";
import { ask } from "./api.ts";
import { every } from "./page-clock.ts";
import { rateWords } from "./words.ts";

type Props = { from: string; to: string; timeZone: string };

export default function UsePlot({ from, to, timeZone }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [use, setUse] = useState<UseView>();
  useEffect(() => {
    const read = () =>
      ask<UseView>(`/api/ways/${from}/${to}/use`).then(setUse, () => {
        // the connection's own notice says so
      });
    void read();
    return every(3000, () => void read());
  }, [from, to]);
  useEffect(() => {
    if (!place.current || !use) return;
    const { fromMs, untilMs, rates, narrowed, outages } = use;
    const style = getComputedStyle(place.current);
    const stroke = style.color;
    const step = (untilMs - fromMs) / rates.length;
    const shade = (plot: UPlot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      for (const [spans, colour] of [
        [narrowed, "rgba(128,128,128,0.25)"],
        [outages, "rgba(220,60,50,0.3)"],
      ] as const) {
        ctx.fillStyle = colour;
        for (const span of spans) {
          const left = plot.valToPos(Math.max(span.fromMs, fromMs) / 1000, "x", true);
          const right = plot.valToPos(Math.min(span.untilMs, untilMs) / 1000, "x", true);
          ctx.fillRect(left, bbox.top, right - left, bbox.height);
        }
      }
      ctx.restore();
    };
    const plot = new UPlot(
      {
        width: Math.max(300, place.current.clientWidth),
        height: 150,
        tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), timeZone),
        legend: { show: false },
        cursor: { show: false },
        axes: [
          { stroke, grid: { show: false } },
          { stroke, size: 80, values: (_, values) => values.map(rateWords), grid: { stroke: "#8884" } },
        ],
        scales: { y: { range: (_, __, most) => [0, Math.max(most, use.bytesPerSecond ?? 1)] } },
        series: [{}, { stroke: "#3b82c4", fill: "#3b82c433", width: 1.5 }],
        hooks: { drawClear: [shade] },
      },
      [rates.map((_, index) => (fromMs + (index + 0.5) * step) / 1000), [...rates]],
      place.current,
    );
    return () => plot.destroy();
  }, [use, timeZone]);
  return <div ref={place} className="plot" role="img" aria-label={`Bytes from ${from} to ${to} over time`} />;
}
