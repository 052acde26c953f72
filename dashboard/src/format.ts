// How numbers are written: the API sends paise in digits, basis points and seconds; people read
// rupees in lakh and crore, per cent and days. Money is never a floating-point number.

const DASH = "–";
const DAY_SECONDS = 86_400;
const ZONE = "Asia/Kolkata";
const COMPACT: [bigint, string][] = [
  [1_00_00_000_00n, "Cr"],
  [1_00_000_00n, "L"],
];

const grouped = (digits: bigint) => digits.toLocaleString("en-IN");

/** Exact rupees of paise in digits: ₹12,34,567.89. A dash for null. */
export function rupees(paise: string | null | undefined): string {
  if (paise == null) return DASH;
  const all = BigInt(paise);
  const size = all < 0n ? -all : all;
  const rest = String(size % 100n).padStart(2, "0");
  return `${all < 0n ? "−" : ""}₹${grouped(size / 100n)}.${rest}`;
}

/** Rupees cut to two digits after lakh or crore: ₹12.34 L. Cut, so that it never tells more. */
export function shortRupees(paise: string | null | undefined): string {
  if (paise == null) return DASH;
  const all = BigInt(paise);
  const size = all < 0n ? -all : all;
  for (const [unit, name] of COMPACT) {
    if (size >= unit) {
      const hundredths = (size * 100n) / unit;
      const rest = String(hundredths % 100n).padStart(2, "0");
      return `${all < 0n ? "−" : ""}₹${grouped(hundredths / 100n)}.${rest} ${name}`;
    }
  }
  return `${all < 0n ? "−" : ""}₹${grouped(size / 100n)}`;
}

/** A count with Indian grouping. A dash for null. */
export function count(value: number | null | undefined): string {
  return value == null ? DASH : value.toLocaleString("en-IN");
}

/** So many payments, with Indian grouping. */
export const payments = (value: number) => `${count(value)} payment${value === 1 ? "" : "s"}`;

/** Per cent of basis points: 97.50 %. A dash for null. */
export function percent(bps: number | null | undefined): string {
  return bps == null ? DASH : `${(bps / 100).toFixed(2)} %`;
}

/** A duration in its largest fitting unit: 45 s, 12 min, 3.5 h, 2.1 d. A dash for null. */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null) return DASH;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 2 * DAY_SECONDS) return `${(seconds / 3_600).toFixed(1)} h`;
  return `${(seconds / DAY_SECONDS).toFixed(1)} d`;
}

/** An instant in Asia/Kolkata: 24 Nov 2026, 08:15:30. */
export function instant(at: string | null | undefined): string {
  if (at == null) return DASH;
  return new Date(at).toLocaleString("en-GB", {
    timeZone: ZONE,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}

/** A business date: 24 Nov 2026. */
export function day(date: string | null | undefined): string {
  if (date == null) return DASH;
  return new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", {
    timeZone: "UTC",
    day: "numeric",
    month: "short",
    year: "numeric",
  });
}

/** A value of a payment's column, written as its name says. A dash for null. */
export function fact(field: string, value: string | null): string {
  if (value == null) return DASH;
  if (field.endsWith("_paise")) return rupees(value);
  if (field.endsWith("_at")) return instant(value);
  if (field.endsWith("_date")) return day(value);
  return field === "status" ? words(value) : value;
}

/** Words of a name in capitals or snake case: BANK_DECLINED is Bank declined; short ones stay. */
export function words(name: string): string {
  if (name.length <= 4 && name === name.toUpperCase()) return name;
  const text = name.replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export type Change = { direction: "up" | "down" | "same"; text: string };

/** How a rate moved, in percentage points. Null where one of both is not known. */
export function rateChange(now: number | null, before: number | null): Change | null {
  if (now == null || before == null) return null;
  return change(now - before, `${(Math.abs(now - before) / 100).toFixed(2)} points`);
}

/** How an amount moved, in per cent of what it was. Null where there was nothing. */
export function amountChange(now: string, before: string): Change | null {
  const was = BigInt(before);
  if (was === 0n) return null;
  const bps = Number(((BigInt(now) - was) * 10_000n) / was);
  return change(bps, `${(Math.abs(bps) / 100).toFixed(1)} %`);
}

function change(by: number, text: string): Change {
  return { direction: by > 0 ? "up" : by < 0 ? "down" : "same", text };
}

/** Today's business date, and one that is days away: YYYY-MM-DD in Asia/Kolkata. */
export function businessDate(now: Date, daysAway = 0): string {
  const there = new Date(now.getTime() + daysAway * DAY_SECONDS * 1000);
  return there.toLocaleDateString("en-CA", { timeZone: ZONE });
}

/** An instant as an input of a page shows it, Asia/Kolkata (UTC+05:30), and back. */
export const toLocalInput = (at: string) =>
  new Date(new Date(at).getTime() + 330 * 60_000).toISOString().slice(0, 19);
export const fromLocalInput = (text: string) => new Date(`${text}+05:30`).toISOString();
