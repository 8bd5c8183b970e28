/**
 * What a site is sending and has waiting, and what can be done to each request. News between sites is never cancelled.
 */
import { useConfirm } from "./confirm.tsx";
import { type SiteLive, useEntry } from "./live.ts";
import { bytesWords, timeWords } from "./words.ts";

const mostShown = 100;
const titles = { hold: "Hold", release: "Release", cancel: "Cancel" } as const;

export function SendRequests({ own, code, timeZone }: { own: SiteLive; code: string; timeZone: string }) {
  const requests = useEntry(own, "requests") ?? [];
  const confirm = useConfirm();
  const button = (what: keyof typeof titles, request: string) => (
    <button
      type="button"
      className="small"
      onClick={() =>
        confirm({
          title: `${titles[what]} ${request}`,
          touches: `The send request ${request} of site ${code}.`,
          action: { do: what, site: code, request },
          isDangerous: what === "cancel",
        })
      }
    >
      {titles[what]}
    </button>
  );
  return (
    <section className="card" aria-label="Send requests">
      <h3>Send requests</h3>
      {requests.length === 0 ? (
        <p className="dim">Nothing is being sent or waits.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Request</th>
              <th>State</th>
              <th>Priority</th>
              <th>To</th>
              <th>Carries</th>
              <th>Sent</th>
              <th>Next try</th>
              <th>Why it waits</th>
              <th>
                <span className="sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {requests.slice(0, mostShown).map((one) => (
              <tr key={one.request}>
                <td>{one.request}</td>
                <td className={one.state === "SENDING" ? "good" : ""}>{one.state.toLowerCase()}</td>
                <td>{one.priority}</td>
                <td>{one.destination}</td>
                <td>{one.packages.join(" ") || "news"}</td>
                <td>
                  {bytesWords(one.bytes - one.bytesLeft)} of {bytesWords(one.bytes)}
                </td>
                <td>{one.nextTryMs && timeWords(one.nextTryMs, timeZone)}</td>
                <td>{one.reason}</td>
                <td>
                  <div className="row">
                    {one.wish === "hold" ? button("release", one.request) : button("hold", one.request)}
                    {one.sourceVersion !== null && button("cancel", one.request)}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {requests.length > mostShown && (
        <p className="dim">And {requests.length - mostShown} more, behind these.</p>
      )}
    </section>
  );
}
