/**
 * The driver contract for those that need nothing but this machine.
 */
import { embeddedDriver } from "../../orchestrator/drivers/embedded.ts";
import { processesDriver } from "../../orchestrator/drivers/processes.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { driverContract } from "../support/driver-contract.ts";

const nothing = async () => []; // their ports are silent, which the contract looks at itself

driverContract("embedded", {
  makeDriver: async () => embeddedDriver,
  left: nothing,
  canSwitch: false,
  isLabelled: false,
});
driverContract("processes", {
  makeDriver: async () => processesDriver({ wallClock: systemWallClock, environment: process.env }),
  left: nothing,
  canSwitch: true,
  isLabelled: false,
});
