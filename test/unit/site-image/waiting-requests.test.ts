/**
 * What waits in a sender's outbox, against the plain way to say it: all of it, sorted.
 */
import fc from "fast-check";
import { expect, test } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { compareRequests } from "../../../domain/send-request-order.ts";
import { sendRequest } from "../../../site-image/inboxes/documents.ts";
import { WaitingRequests } from "../../../site-image/senders/waiting-requests.ts";
import { sendRequestOf } from "../../support/send-request.ts";

const priorities = { high: 1, medium: 2, low: 3 } as const;
const destinations = ["CHI", "MKE", "BOS"];

const request = fc
  .record({
    number: fc.integer({ min: 1, max: 300 }),
    priority: fc.constantFrom(...(Object.keys(priorities) as (keyof typeof priorities)[])),
  })
  .map(({ number, priority }) => {
    const name = `${priorities[priority]}${String(number).padStart(4, "_")}CEN`;
    return { name, priority, destination: siteCode.parse(destinations[number % destinations.length]) };
  });
const requestOf = ({ name, ...rest }: { name: string; priority: string; destination: string }) =>
  sendRequest.parse(sendRequestOf({ ...rest, request: name }));
const step = fc.record({ request, isGone: fc.boolean() });

test("the next and the first of those that wait are those of all, sorted", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.subarray(destinations),
      fc.integer({ min: 1, max: 30 }),
      (steps, free, count) => {
        const waiting = new WaitingRequests();
        const model = new Map<string, (typeof steps)[number]["request"]>();
        for (const { request: one, isGone } of steps) {
          if (isGone) waiting.delete(one.name);
          else waiting.set(one.name, requestOf(one));
          if (isGone) model.delete(one.name);
          else model.set(one.name, one);
        }
        const ordered = [...model.values()].sort((a, b) => compareRequests(a.name, b.name));
        const isFree = ({ destination }: { destination: string }) => free.includes(destination);
        expect(waiting.next(isFree)).toBe(ordered.find(isFree)?.name);
        expect(waiting.first(count).map(({ request: name }) => name)).toEqual(
          ordered.slice(0, count).map(({ name }) => name),
        );
        expect(waiting.names().sort()).toEqual([...model.keys()].sort());
      },
    ),
  );
});
