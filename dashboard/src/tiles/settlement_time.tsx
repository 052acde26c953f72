import type { Dashboard } from "../api/client";
import { count, day, duration } from "../format";
import { Line, Tile } from "../tile";

const below = (seconds: number | null) => (seconds == null ? "–" : `< ${duration(seconds)}`);

/** Tile 4. */
export function SettlementTimeTile({ data }: { data: Dashboard }) {
  const times = data.settlement_time;
  return (
    <Tile field="settlement_time">
      <div className="headline">
        <strong>{duration(times.mean_seconds)}</strong>
        <p>{times.mean_seconds == null ? "nothing is settled yet" : "from capture, on average"}</p>
      </div>
      <p className="compared">&nbsp;</p>
      <dl>
        <Line name="Half in">{below(times.p50_below_seconds)}</Line>
        <Line name="Nine tenths in">{below(times.p90_below_seconds)}</Line>
        <Line name="Settled late">
          {times.late_count == null
            ? "–"
            : `${count(times.late_count)}, ${count(times.late_days)} days in all`}
        </Line>
        <Line name="Oldest unsettled">
          {times.oldest_unsettled_date == null
            ? "none"
            : `${day(times.oldest_unsettled_date)} (${count(times.oldest_unsettled_days)} d)`}
        </Line>
      </dl>
    </Tile>
  );
}
