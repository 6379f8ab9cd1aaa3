/** TypeScript types of OpenAPI documents: node api_types.mjs FOLDER_OF_JSON FOLDER_OF_TYPES */
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";

const [from, to] = process.argv.slice(2);
const services = (await readdir(from)).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
for (const stale of await readdir(to)) if (stale.endsWith(".d.ts")) await rm(join(to, stale));
for (const service of services) {
  const document = JSON.parse(await readFile(join(from, `${service}.json`), "utf8"));
  const types = astToString(await openapiTS(document, { alphabetize: true, defaultNonNullable: false }));
  await writeFile(join(to, `${service}.d.ts`), `// Written by scripts/api-types from the OpenAPI document of the service: do not edit.\n\n${types}`);
}
