/**
 * A program that starts a hierarchy of processes as a test does, says where a site is, and goes on until it is killed.
 */
import { startHierarchy } from "spoolnet/testing";

const hierarchy = await startHierarchy({
  driver: "processes",
  topology: {
    name: "left-alone",
    clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 },
    sites: { CEN: { type: "primary" } },
  },
});
console.log(hierarchy.site("CEN").url);
