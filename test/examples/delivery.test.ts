/**
 * An example to copy: does a package arrive although a link is cut and a site is killed for a while? It runs in one
 * process, with a process a site where one is killed, and in containers: SPOOLNET_DRIVER=docker.
 */
import { startHierarchy } from "spoolnet/testing";
import { expect, test } from "vitest";

/**
 * Or the path of a topology file. A minute of emulated time takes a second. An address whose retries are used up rests
 * for a minute here and not for an hour, so that the test takes no longer where a slow machine leaves a link cut for long.
 */
const topology = `
name: three-site
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
defaults: { site: { senders: { LAN: { backOff: 1 min } } } }
sites:
  CEN: { name: Headquarters, type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { name: Chicago, type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP1, CHIDP2] }
  MKE: { name: Milwaukee, type: secondary, parent: CHI, timeZone: America/Chicago, distributionPoints: [MKEDP] }
links:
  - { between: [CEN, CHI], bandwidth: 512 kbit/s, latency: 40 ms }
  - { between: [CHI, MKE], bandwidth: 256 kbit/s, latency: 60 ms }
packages:
  - { name: Office Update, site: CEN, size: 4 MB, priority: high, distributionPoints: all }
expect:
  - { package: Office Update, on: all, by: +12h }
  - { nothing: lost }
`;

test("a package arrives although the link to the last site is cut for a while", async ({ signal }) => {
  await using hierarchy = await startHierarchy({ topology, signal });
  {
    await using _cut = await hierarchy.link("CHI", "MKE").cut();
    await hierarchy.arrived("Office Update", "CHI");
    await hierarchy.happened(
      "a try over the cut link",
      ({ site, action, peer }) => site === "CHI" && peer === "MKE" && action === "failed",
    );
  } // the link is whole again

  const [arrival] = await hierarchy.arrived("Office Update", "MKE", { within: "+12h" });

  expect(arrival).toMatchObject({ distributionPoint: "MKEDP", version: 1 });
});

test("a package arrives although a site is killed while it receives", async ({ signal }) => {
  await using hierarchy = await startHierarchy({ topology, driver: "processes", signal });
  await hierarchy.sending("Office Update", "CEN", "CHI");
  {
    await using _dead = await hierarchy.site("CHI").killed();
    await using _slow = await hierarchy.link("CHI", "MKE").slow("128 kbit/s");
  } // the site is started again, on what it had

  const verdicts = await hierarchy.decided({ within: "+12h" });

  expect(verdicts.map(({ line }) => line)).toEqual([
    "held: Office Update on 4 distribution points by +12h 00m",
    "held: nothing lost",
  ]);
});
