/**
 * The verdict on an expectation of any kind, as early as it can be told.
 */
import { arrivalVerdict, orderVerdict } from "./arrival.ts";
import type { Expectation, Scene, Verdict } from "./expectation.ts";
import { lossVerdict } from "./loss.ts";
import { silenceVerdict } from "./silence.ts";
import { busyVerdict, bytesVerdict, lineVerdict } from "./use.ts";

export function verdictOn(expectation: Expectation, scene: Scene): Verdict {
  switch (expectation.kind) {
    case "arrival":
      return arrivalVerdict(expectation, scene);
    case "order":
      return orderVerdict(expectation, scene);
    case "bytes":
      return bytesVerdict(expectation, scene);
    case "busy":
      return busyVerdict(expectation, scene);
    case "connected":
      return lineVerdict(expectation, scene);
    case "nothing sent":
      return silenceVerdict(expectation, scene);
    case "nothing lost":
      return lossVerdict(scene);
  }
}
