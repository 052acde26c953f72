// Name, definition and unit of each number of the dashboard, from the OpenAPI file: what a tile
// says of itself is written once, in settlement_platform/metrics/.
import { readFileSync, writeFileSync } from "node:fs";

const api = JSON.parse(readFileSync("../docs/openapi.json", "utf8"));
const fields = api.components.schemas.DashboardAnswer.properties;
const numbers = {};
for (const [field, about] of Object.entries(fields)) {
  if (about["x-metric"]) {
    numbers[field] = { name: about.title, unit: about["x-unit"], definition: about.description };
  }
}
writeFileSync("src/api/numbers.json", `${JSON.stringify(numbers, null, 2)}\n`);
