/**
 * Any tus client can put a file on the share: here the one that tus publishes.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import * as tus from "tus-js-client";
import { expect } from "vitest";

import { basicHeader } from "../../../site-image/security/secrets.ts";
import { type RunningShare, sha256, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";

type Started = { readonly upload: tus.Upload; readonly done: Promise<void> };

function uploadOf(share: RunningShare, bytes: Buffer, options: Partial<tus.UploadOptions> = {}): Started {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { account, secret } = share.address;
  const upload = new tus.Upload(bytes, {
    endpoint: `${share.url}/SMS_SITE/`,
    headers: { Authorization: basicHeader(account, secret) },
    metadata: { filename: "2___1CEN.PCK", sha256: sha256(bytes), filetype: "application/zstd" },
    chunkSize: 1024 * 1024,
    retryDelays: null,
    onSuccess: () => resolve(),
    onError: reject,
    ...options,
  });
  return { upload, done: promise };
}

async function held(share: RunningShare): Promise<Buffer> {
  return readFile(join(share.receive, "2___1CEN.PCK"));
}

test("tus-js-client uploads a file in chunks", async ({ share }) => {
  const bytes = someBytes(3_500_000);
  const { upload, done } = uploadOf(share, bytes);

  upload.start();
  await done;

  expect(bytes.equals(await held(share))).toBe(true);
  expect(share.site.events().map((event) => event.action)).toEqual(["created", "received"]);
});

test("tus-js-client sends its first chunk with the creation", async ({ share }) => {
  const bytes = someBytes(2_500_000);
  const { upload, done } = uploadOf(share, bytes, { uploadDataDuringCreation: true });

  upload.start();
  await done;

  expect(bytes.equals(await held(share))).toBe(true);
});

test("tus-js-client resumes what it left, from the byte the share holds", async ({ share }) => {
  const bytes = someBytes(5_000_000);
  const stopped = Promise.withResolvers<void>();
  const first = uploadOf(share, bytes, {
    onChunkComplete: (_size, offset) => {
      if (offset >= 2_000_000) stopped.resolve(first.upload.abort());
    },
  });
  first.upload.start();
  await stopped.promise;

  const sent: number[] = [];
  const uploadUrl = first.upload.url;
  const second = uploadOf(share, bytes, { uploadUrl, onProgress: (offset) => void sent.push(offset) });
  second.upload.start();
  await second.done;

  expect(sent[0]).toBeGreaterThanOrEqual(2_000_000);
  expect(bytes.equals(await held(share))).toBe(true);
});

test("tus-js-client removes what it gives up", async ({ share }) => {
  const { upload, done } = uploadOf(share, someBytes(1000));
  upload.start();
  await done;

  await upload.abort(true);

  expect(await share.files()).toEqual([]);
});
