/**
 * What is asked of the server and told it. An error has the server's own words.
 */

async function answered(response: Response): Promise<unknown> {
  const text = await response.text();
  if (response.ok) return text === "" ? undefined : JSON.parse(text);
  let words = `${response.status} ${response.statusText}`;
  try {
    words = JSON.parse(text).error.message;
  } catch {
    // Not ours: the status has to do.
  }
  throw new Error(words);
}

export async function ask<Answer>(path: string): Promise<Answer> {
  return (await answered(await fetch(path))) as Answer;
}

/** Resolves with what was done, in words. */
export async function act(action: object): Promise<string> {
  const headers = { "content-type": "application/json" };
  const response = await fetch("/api/actions", { method: "POST", headers, body: JSON.stringify(action) });
  return ((await answered(response)) as { words: string }).words;
}

/** The token after the # becomes a cookie, and is gone from the address. */
export async function takeToken(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  const headers = { authorization: `Bearer ${token}` };
  await answered(await fetch("/api/session", { method: "POST", headers }));
  history.replaceState(null, "", "/#/");
}
