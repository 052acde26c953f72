import type { Dashboard } from "../api/client";
import { count, day, rupees, shortRupees, words } from "../format";
import { Headline, Line, Nothing, Scrolls, Tile } from "../tile";
import { go } from "../view";

const SHOWN = 8;

/** Tile 9. */
export function FailuresTile({ data }: { data: Dashboard }) {
  const { failed, reasons, value_at_risk: risk, ...failures } = data.failures;
  const rest = reasons.length - SHOWN;
  return (
    <Tile field="failures">
      <Headline value={failed} number="failed" />
      <dl>
        <Line name="Value at risk">
          {risk == null ? (
            "not known"
          ) : (
            <span title={rupees(risk.amount_paise)}>
              {count(risk.count)} · {shortRupees(risk.amount_paise)}
            </span>
          )}
        </Line>
        <Line name="Oldest unsettled">{day(failures.oldest_unsettled_date)}</Line>
        <Line name="Anomalies open">
          {failures.anomalies_open == null ? (
            <span title="No rule runs, or this is the past">–</span>
          ) : (
            <button type="button" className="opens" onClick={() => go({ anomalies: "open" })}>
              {count(failures.anomalies_open)}
            </button>
          )}
        </Line>
      </dl>
      {reasons.length === 0 ? (
        <Nothing>Nothing failed in this window.</Nothing>
      ) : (
        <Scrolls label="Reasons">
          <table className="reasons">
            <thead>
              <tr>
                <th scope="col">Reason, owner</th>
                <th scope="col">Payments</th>
                <th scope="col">Amount</th>
              </tr>
            </thead>
            <tbody>
              {reasons.slice(0, SHOWN).map((reason) => (
                <tr key={`${reason.failure_code} ${reason.failure_owner}`}>
                  <th scope="row">
                    {words(reason.failure_code)} <small>{words(reason.failure_owner)}</small>
                  </th>
                  <td>{count(reason.failed.count)}</td>
                  <td title={rupees(reason.failed.amount_paise)}>
                    {shortRupees(reason.failed.amount_paise)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
      {rest > 0 && <p className="compared">and {rest} more reasons</p>}
    </Tile>
  );
}
