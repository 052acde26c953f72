import { useEffect, useState } from "react";
import type { Dashboard } from "./api/client";
import { duration, instant } from "./format";

// as_of moves with Flink's checkpoints, 3 s apart, and is some seconds old when it is published.
const FRESH_SECONDS = 10;
const STALE_SECONDS = 30;
const TICK_MS = 500;

type Props = { data: Dashboard | undefined; receivedAt: number; past: boolean };

/** How old the numbers are. It goes on counting while no answer comes. */
export function Freshness({ data, receivedAt, past }: Props) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(ticking);
  }, []);
  if (!data) return <p className="age">waiting for the first answer</p>;
  if (data.as_of == null) {
    return <p className="age stale">The stream has not said yet as of when its rows hold.</p>;
  }
  const at = `as of ${instant(data.as_of)} IST`;
  if (past) return <p className="age">{at}</p>;
  // The server's clock and the page's are never compared: the page only adds what passed here.
  const age = Math.max(0, (data.lag_ms ?? 0) + Math.max(0, now - receivedAt)) / 1000;
  const state = age < FRESH_SECONDS ? "fresh" : age < STALE_SECONDS ? "late" : "stale";
  const words = { fresh: "live", late: "late", stale: "stale" }[state];
  return (
    <p className={`age ${state}`}>
      <strong>{words}</strong> {at}, {age < 10 ? `${age.toFixed(1)} s` : duration(age)} ago
    </p>
  );
}
