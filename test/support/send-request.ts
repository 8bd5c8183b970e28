/**
 * A send request for tests: replication of site CEN for CHI that nobody has begun, unless told otherwise.
 */
export function sendRequestOf(changes: object = {}): object {
  return {
    version: 1,
    request: "2__01CEN",
    job: "00000001",
    priority: "high",
    preferredSender: "*",
    destination: "CHI",
    finalSite: "CHI",
    packages: ["CEN00001"],
    packageFile: "00000001.P00",
    instructionFile: "00000001.I00",
    bytes: 1,
    sha256: "0".repeat(64),
    status: "NONE",
    bytesLeft: 1,
    syncPoint: 0,
    connects: 0,
    tries: 0,
    createdMs: 1,
    firstStartedMs: null,
    startedMs: null,
    endedMs: null,
    nextTryMs: null,
    reason: "",
    resting: [],
    ...changes,
  };
}
