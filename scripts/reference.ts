/**
 * `npm run reference`: what is made of the schema of topology files, made anew. A test fails while it is not.
 */
import { readFile, writeFile } from "node:fs/promises";

import { topologyJsonSchemaText } from "../orchestrator/topology/json-schema.ts";
import { withTables } from "../orchestrator/topology/reference.ts";

const reference = new URL("../docs/topology.md", import.meta.url);
await writeFile(new URL("../topologies/spoolnet.schema.json", import.meta.url), topologyJsonSchemaText());
await writeFile(reference, withTables(await readFile(reference, "utf8")));
