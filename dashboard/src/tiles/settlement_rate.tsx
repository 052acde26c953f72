import type { Dashboard } from "../api/client";
import { percent, rateChange } from "../format";
import { Compared, Line, Opens, Tile } from "../tile";

/** Tile 3. */
export function SettlementRateTile({ data }: { data: Dashboard }) {
  const { mature_rate: mature, settlement_rate: all, on_time_rate: onTime, previous } = data;
  const change = previous && rateChange(mature.by_count_bps, previous.mature_rate.by_count_bps);
  return (
    <Tile field="mature_rate" title="Settlement rate">
      <div className="headline">
        <Opens number="mature_settled">{percent(mature.by_count_bps)}</Opens>
        <p>
          {mature.by_count_bps == null
            ? "nothing of this window was due before today"
            : `of what was due before today; ${percent(mature.by_value_bps)} by value`}
        </p>
      </div>
      <Compared change={change} better="up" />
      <dl>
        <Line name="Paid out on time">
          <Opens number="on_time">{percent(onTime.by_count_bps)}</Opens>
        </Line>
        <Line name="Of all captured, by count">{percent(all.by_count_bps)}</Line>
        <Line name="Of all captured, by value">{percent(all.by_value_bps)}</Line>
      </dl>
    </Tile>
  );
}
