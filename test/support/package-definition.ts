/**
 * A package's definition for tests: made at CEN, version 1, wanted nowhere, unless told otherwise.
 */
import { type PackageDefinition, packageDefinition } from "../../domain/package.ts";

export function definitionOf(changes: object = {}): PackageDefinition {
  return packageDefinition.parse({
    id: "CEN00001",
    name: "Office Update",
    source: "direct",
    priority: "medium",
    preferredSender: "*",
    sourceVersion: 1,
    definitionVersion: 1,
    deleted: false,
    redistribution: 0,
    programs: [],
    distributionPoints: [],
    icon: "",
    ...changes,
  });
}
