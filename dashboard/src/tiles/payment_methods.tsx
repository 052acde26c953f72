import type { Dashboard } from "../api/client";
import { count, percent, rupees, shortRupees, words } from "../format";
import { Nothing, Scrolls, Tile } from "../tile";

/** Tile 5. */
export function PaymentMethodsTile({ data }: { data: Dashboard }) {
  const methods = data.payment_methods;
  return (
    <Tile field="payment_methods" wide>
      {methods.length === 0 ? (
        <Nothing>No payment was captured in this window.</Nothing>
      ) : (
        <Scrolls label="Payment methods">
          <table>
            <thead>
              <tr>
                <th scope="col">Method</th>
                <th scope="col">Share</th>
                <th scope="col">Captured</th>
                <th scope="col">Payments</th>
                <th scope="col">Mean ticket</th>
                <th scope="col">Mature rate</th>
                <th scope="col">Fee</th>
              </tr>
            </thead>
            <tbody>
              {methods.map((method) => (
                <tr key={method.payment_method}>
                  <th scope="row">{words(method.payment_method)}</th>
                  <td>
                    <meter max={10_000} value={method.share.by_value_bps ?? 0} aria-hidden="true" />
                    {percent(method.share.by_value_bps)}
                  </td>
                  <td title={rupees(method.captured.amount_paise)}>
                    {shortRupees(method.captured.amount_paise)}
                  </td>
                  <td>{count(method.captured.count)}</td>
                  <td>{rupees(method.mean_ticket_paise)}</td>
                  <td>{percent(method.mature_rate.by_count_bps)}</td>
                  <td>{percent(method.effective_fee_bps)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
    </Tile>
  );
}
