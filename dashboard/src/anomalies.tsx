import { useQuery } from "@tanstack/react-query";
import { type Anomaly, type Anomalies as Answer, type ApiError, ask } from "./api/client";
import { count, instant, rupees, words } from "./format";
import { Over } from "./over";
import { Line, Scrolls } from "./tile";
import { go } from "./view";

const REFRESH_MS = 5_000;
const MOST = "100";
const NAMES: Record<Anomaly["rule"], string> = {
  duplicate_charge: "Duplicate charges",
  failure_spike: "Failures of a gateway",
  fee_mismatch: "Fees not as agreed",
  gmv_deviation: "GMV not as usual",
  refund_burst: "Many refunds",
  settlement_overdue: "Settlement overdue",
};
const STATES: Record<Anomaly["state"], string> = {
  OPEN: "Open",
  ACKNOWLEDGED: "Acknowledged",
  CLOSED: "Closed",
};

/** What the rules found and nobody is done with, over the page. */
export function Anomalies({ merchants }: { merchants: string[] }) {
  const query = new URLSearchParams({ holds: "true", limit: MOST });
  for (const state of ["OPEN", "ACKNOWLEDGED"]) query.append("state", state);
  for (const merchant of merchants) query.append("merchant_id", merchant);
  const answer = useQuery<Answer, ApiError>({
    queryKey: ["anomalies", query.toString()],
    queryFn: ({ signal }) => ask<Answer>("/anomalies", query, signal),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Over
      title="Anomalies"
      error={answer.error}
      waiting={answer.isPending && "Looking them up…"}
      onClose={() => go({ anomalies: null })}
    >
      {answer.data && <Found data={answer.data} />}
    </Over>
  );
}

function Found({ data }: { data: Answer }) {
  if (data.anomalies.length === 0) return <p className="nothing">Nothing is unusual.</p>;
  return (
    <>
      <Scrolls label="Anomalies">
        <table className="found">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Of</th>
              <th scope="col">Since</th>
              <th scope="col">There is</th>
              <th scope="col">Expected</th>
              <th scope="col">Score</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {data.anomalies.map((one) => (
              <tr key={one.anomaly_id}>
                <th scope="row">
                  <details>
                    <summary>{NAMES[one.rule]}</summary>
                    <dl>
                      {Object.entries(one.evidence).map(([name, value]) => (
                        <Line key={name} name={words(name.replace(/_paise$/, ""))}>
                          {name.endsWith("_paise") ? rupees(String(value)) : String(value)}
                        </Line>
                      ))}
                    </dl>
                  </details>
                </th>
                <td>{one.subject}</td>
                <td>{instant(one.window_start_at)}</td>
                <td>{amount(one, one.observed)}</td>
                <td>{amount(one, one.expected)}</td>
                <td>{one.score}</td>
                <td title={one.note ?? undefined}>
                  {one.muted_until ? "Muted" : STATES[one.state]}
                  {one.decided_by && ` by ${one.decided_by}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      {data.next_after && <p className="compared">The newest {MOST} are shown.</p>}
    </>
  );
}

function amount(one: Anomaly, value: string): string {
  return one.unit === "paise" ? rupees(value) : count(Number(value));
}
