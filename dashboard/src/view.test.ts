import { expect, test } from "vitest";
import { changed, queryOf } from "./view";

const now = new Date("2026-11-24T06:00:00Z");

test("a span of days ends with today", () => {
  const query = queryOf(new URLSearchParams("days=7&merchant_id=M1&merchant_id=M2"), now);
  expect(query.get("from_date")).toBe("2026-11-18");
  expect(query.get("to_date")).toBe("2026-11-25");
  expect(query.getAll("merchant_id")).toEqual(["M1", "M2"]);
  expect(query.has("days")).toBe(false);
});

test("dates that are asked for stay, and what the API does not know is not sent", () => {
  const query = queryOf(new URLSearchParams("from_date=2026-01-01&explain=settled&x=1"), now);
  expect([...query.keys()]).toEqual(["from_date"]);
});

test("a nonsensical span is the usual one, and a past instant ends it", () => {
  const address = new URLSearchParams("days=-4&as_of=2026-11-10T20:00:00Z");
  const query = queryOf(address, now);
  expect(query.get("from_date")).toBe("2026-10-13");
  expect(query.get("to_date")).toBe("2026-11-12");
});

test("a change keeps the rest of the address", () => {
  const address = new URLSearchParams("days=7&gateway=g1&as_of=x");
  expect(changed(address, { gateway: ["g2", "g3"], as_of: null }).toString()).toBe(
    "days=7&gateway=g2&gateway=g3",
  );
});
