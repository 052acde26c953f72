import type { Dashboard, NumberName } from "../api/client";
import { count, duration, percent, rupees, shortRupees, words } from "../format";
import { Nothing, Opens, Tile } from "../tile";

/** Tile 7. The bars are as long as the counts; each stage is a part of the one before. */
export function FunnelTile({ data }: { data: Dashboard }) {
  const first = data.funnel[0]?.value.count ?? 0;
  return (
    <Tile field="funnel" title="Funnel">
      {first === 0 ? (
        <Nothing>No payment was attempted in this window.</Nothing>
      ) : (
        <ol className="funnel">
          {data.funnel.map((stage) => (
            <li key={stage.stage}>
              <div className="line">
                <span>{words(stage.stage)}</span>
                <Opens number={stage.stage as NumberName}>
                  <span title={rupees(stage.value.amount_paise)}>
                    {count(stage.value.count)} · {shortRupees(stage.value.amount_paise)}
                  </span>
                </Opens>
              </div>
              <meter max={first} value={stage.value.count} aria-hidden="true" />
              <p>
                {stage.stage === "attempted"
                  ? "everything that was begun"
                  : `${percent(stage.share_of_captured.by_count_bps)} of captured`}
                {stage.median_below_seconds != null &&
                  ` · half in less than ${duration(stage.median_below_seconds)}`}
              </p>
            </li>
          ))}
        </ol>
      )}
    </Tile>
  );
}
