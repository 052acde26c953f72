import type { Dashboard } from "../api/client";
import { count, percent, words } from "../format";
import { Scrolls, Tile } from "../tile";

/** Tile 8. */
export function RatePerformanceTile({ data }: { data: Dashboard }) {
  return (
    <Tile field="rate_performance" wide>
      <Scrolls label="Rates">
        <table>
          <thead>
            <tr>
              <th scope="col">Span</th>
              <th scope="col">Captured</th>
              <th scope="col">Mature rate</th>
              <th scope="col">On time</th>
              <th scope="col">Of all captured</th>
              <th scope="col">Breaches</th>
            </tr>
          </thead>
          <tbody>
            {data.rate_performance.map((span) => (
              <tr key={span.span}>
                <th scope="row">{words(span.span)}</th>
                <td>{count(span.captured.count)}</td>
                <td>{percent(span.mature_rate.by_count_bps)}</td>
                <td>{percent(span.on_time_rate.by_count_bps)}</td>
                <td>{percent(span.settlement_rate.by_count_bps)}</td>
                <td>{count(span.breaches?.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
    </Tile>
  );
}
