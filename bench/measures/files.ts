/**
 * Files from a site's sender into another site's share, unlimited, verified and flushed, beside programs that copy
 * files: one large file, the same with what a careful administrator does after it, and eight at once.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { makeFile } from "../contest/content.ts";
import type { Contender, Measure, Scale } from "../contest/measure.ts";
import { missing, nginx, seconds, served, shell } from "../contest/programs.ts";
import { receivingSite } from "../contest/receiving-site.ts";
import { freePort } from "../free-port.ts";

const mebibyte = 1024 * 1024;

export function files(scratch: string, { isQuick }: Scale): Measure[] {
  const large = isQuick ? 256 : 1024;
  const eighth = isQuick ? 64 : 256;
  const source = join(scratch, "files");
  const many = join(source, "many");
  let made: { large: string; many: string[] } | undefined;
  const content = () => {
    if (made) return made;
    mkdirSync(many, { recursive: true });
    const names = Array.from({ length: 8 }, (_, index) => join(many, `${index}.bin`));
    made = {
      large: makeFile(join(source, "large.bin"), large * mebibyte),
      many: names.map((name) => makeFile(name, eighth * mebibyte)),
    };
    return made;
  };
  const file = join(source, "large.bin");
  const ours = (count: 1 | 8): Contender => ({
    name: "spoolnet (sha256 verified, flushed)",
    async run(folder) {
      const { large: sha256, many: digests } = content();
      await using site = await receivingSite(folder);
      const one = [{ path: file, bytes: large * mebibyte, sha256 }];
      const eight = digests.map((digest, index) => ({
        path: join(many, `${index}.bin`),
        bytes: eighth * mebibyte,
        sha256: digest,
      }));
      const [sent, mebibytes] = count === 1 ? [one, large] : [eight, 8 * eighth];
      return mebibytes / (await site.send(sent));
    },
  });
  /** `after` is run when all has been sent, and counts. */
  const intoNginx = (name: string, line: (port: number) => string, mebibytes: number): Contender => ({
    name,
    absent: () => missing("nginx", line(0).split(" ")[0] ?? ""),
    async run(folder) {
      content();
      await using server = await nginx(folder);
      return mebibytes / (await seconds(() => shell(line(server.port), folder)));
    },
  });
  const put = (port: number) => `curl -sf -T ${file} http://127.0.0.1:${port}/large.bin`;
  const local = (name: string, line: string, mebibytes: number): Contender => ({
    name,
    absent: () => missing(line.split(" ")[0] ?? ""),
    async run(folder) {
      content();
      return mebibytes / (await seconds(() => shell(line, folder)));
    },
  });
  const tcp: Contender = {
    name: "limit: bare TCP into nothing",
    async run(folder) {
      content();
      const server = createServer((socket) => socket.resume().on("end", () => socket.end())).listen(
        0,
        "127.0.0.1",
      );
      await once(server, "listening");
      const { port } = server.address() as { port: number };
      const taken = await seconds(() => shell(`cat ${file} > /dev/tcp/127.0.0.1/${port}`, folder));
      server.close();
      return large / taken;
    },
  };
  const rclone = (port: number) =>
    `rclone copy ${many} :webdav:/ --webdav-url http://127.0.0.1:${port}/ --transfers 8 --no-check-dest --ignore-checksum`;
  return [
    {
      name: "one-file",
      title: `one file of ${large} MiB, received into memory`,
      unit: "MiB/s",
      isMoreBetter: true,
      inMemory: true,
      bar: { ratio: 0.8 },
      contenders: [
        ours(1),
        intoNginx("curl into nginx (verifies nothing)", put, large),
        rsyncDaemon(file, large, content),
        local("limit: cp", `cp ${file} copy.bin`, large),
        tcp,
      ],
    },
    {
      name: "one-file-flushed",
      title: `one file of ${large} MiB, verified and flushed`,
      unit: "MiB/s",
      isMoreBetter: true,
      bar: { ratio: 1.2 },
      contenders: [
        ours(1),
        intoNginx(
          "curl into nginx, then sha256sum and sync",
          (port) => `${put(port)} && sha256sum received/large.bin && sync received/large.bin`,
          large,
        ),
      ],
    },
    {
      name: "eight-files",
      title: `8 files of ${eighth} MiB at once, received into memory`,
      unit: "MiB/s",
      isMoreBetter: true,
      inMemory: true,
      bar: { ratio: 0.8 },
      contenders: [ours(8), intoNginx("rclone into nginx, 8 at once", rclone, 8 * eighth)],
    },
  ];
}

function rsyncDaemon(file: string, mebibytes: number, content: () => unknown): Contender {
  return {
    name: "rsync daemon, whole file",
    absent: () => missing("rsync"),
    async run(folder) {
      content();
      const port = await freePort();
      const config = join(folder, "rsyncd.conf");
      mkdirSync(join(folder, "received"));
      writeFileSync(
        config,
        `use chroot = no\nuid = ${process.getuid?.()}\npid file = ${folder}/pid\n[r]\npath = ${folder}/received\nread only = no\n`,
      );
      const args = ["--daemon", "--no-detach", `--config=${config}`, `--port=${port}`, "--address=127.0.0.1"];
      await using server = await served(spawn("rsync", args, { stdio: "ignore" }), port);
      return (
        mebibytes /
        (await seconds(() => shell(`rsync -W ${file} rsync://127.0.0.1:${server.port}/r/`, folder)))
      );
    },
  };
}
