import { expect, test } from "vitest";
import {
  amountChange,
  businessDate,
  duration,
  fact,
  fromLocalInput,
  percent,
  rateChange,
  rupees,
  shortRupees,
  toLocalInput,
  words,
} from "./format";

test("money is exact beyond what a floating-point number holds", () => {
  expect(rupees("9007199254740993")).toBe("₹9,00,71,99,25,47,409.93");
  expect(rupees("123456789")).toBe("₹12,34,567.89");
  expect(rupees("-5")).toBe("−₹0.05");
  expect(rupees("0")).toBe("₹0.00");
  expect(rupees(null)).toBe("–");
});

test("a short amount is cut, never rounded up", () => {
  expect(shortRupees("999999999")).toBe("₹99.99 L");
  expect(shortRupees("1234567890")).toBe("₹1.23 Cr");
  expect(shortRupees("9999999")).toBe("₹99,999");
});

test("rates and durations name what is not known by a dash", () => {
  expect(percent(9750)).toBe("97.50 %");
  expect(percent(null)).toBe("–");
  expect(duration(45)).toBe("45 s");
  expect(duration(97_200)).toBe("27.0 h");
  expect(duration(259_200)).toBe("3.0 d");
  expect(duration(undefined)).toBe("–");
});

test("a change has a direction and its size", () => {
  expect(rateChange(9800, 9750)).toEqual({ direction: "up", text: "0.50 points" });
  expect(rateChange(null, 9750)).toBeNull();
  expect(amountChange("90", "100")).toEqual({ direction: "down", text: "10.0 %" });
  expect(amountChange("90", "0")).toBeNull();
});

test("a business date is that of Asia/Kolkata", () => {
  expect(businessDate(new Date("2026-11-23T18:29:59Z"))).toBe("2026-11-23");
  expect(businessDate(new Date("2026-11-23T18:30:00Z"))).toBe("2026-11-24");
  expect(businessDate(new Date("2026-11-23T18:30:00Z"), -6)).toBe("2026-11-18");
});

test("an instant survives the way through an input", () => {
  const at = "2026-11-23T18:30:05.000Z";
  expect(toLocalInput(at)).toBe("2026-11-24T00:00:05");
  expect(fromLocalInput(toLocalInput(at))).toBe(at);
});

test("a column is written as its name says", () => {
  expect(fact("net_paise", "123456789")).toBe("₹12,34,567.89");
  expect(fact("settled_at", "2026-03-05T07:00:00+00:00")).toBe("5 Mar 2026, 12:30:00");
  expect(fact("expected_settlement_date", "2026-03-05")).toBe("5 Mar 2026");
  expect(fact("status", "SETTLED")).toBe("Settled");
  expect(fact("gateway", null)).toBe("–");
});

test("names are written as words", () => {
  expect(words("BANK_DECLINED")).toBe("Bank declined");
  expect(words("last_7_days")).toBe("Last 7 days");
  expect(words("UPI")).toBe("UPI");
  expect(words("RECONCILED")).toBe("Reconciled");
});
