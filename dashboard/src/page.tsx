import { Anomalies } from "./anomalies";
import type { Dashboard } from "./api/client";
import { Explain } from "./explain";
import { FilterBar } from "./filter_bar";
import { day, instant } from "./format";
import { Freshness } from "./freshness";
import { useDashboard } from "./live";
import { choose, useTheme } from "./theme";
import { FailuresTile } from "./tiles/failures";
import { FunnelTile } from "./tiles/funnel";
import { GmvTrendTile } from "./tiles/gmv_trend";
import { PaymentMethodsTile } from "./tiles/payment_methods";
import { RatePerformanceTile } from "./tiles/rate_performance";
import { SettledTile } from "./tiles/settled";
import { SettlementRateTile } from "./tiles/settlement_rate";
import { SettlementTimeTile } from "./tiles/settlement_time";
import { UnsettledTile } from "./tiles/unsettled";
import { Transaction } from "./transaction";
import { go, queryOf, useAddress } from "./view";

const TILES = 9;

/** The nine tiles of one answer, and so of one instant. */
export function Page() {
  const address = useAddress();
  const query = queryOf(address, new Date());
  const past = address.get("as_of");
  const { data, error, receivedAt, waiting } = useDashboard(query);
  const transaction = address.get("transaction");
  const explained = address.get("explain");
  return (
    <>
      <header className="top">
        <h1>Settlement</h1>
        <Freshness data={data} receivedAt={receivedAt} past={past != null} />
        <ThemeButton />
      </header>
      <FilterBar address={address} />
      {past && (
        <p className="past" role="status">
          As it stood on {instant(past)} IST.{" "}
          <button type="button" onClick={() => go({ as_of: null })}>
            Back to now
          </button>
        </p>
      )}
      {error && (
        <p className="problem" role="alert">
          <strong>{error.message}.</strong> {error.detail}
          {data && " The numbers below are those of the last answer."}
        </p>
      )}
      <main aria-busy={waiting}>{data ? <Tiles data={data} /> : !error && <Loading />}</main>
      {data && (
        <footer className="bottom">
          Business dates {day(data.window.from_date)} up to, without, {day(data.window.to_date)},{" "}
          {data.window.time_zone}. <a href="/docs">The same by API</a>
        </footer>
      )}
      {explained && <Explain address={address} number={explained} />}
      {transaction && <Transaction id={transaction} />}
      {address.has("anomalies") && <Anomalies merchants={address.getAll("merchant_id")} />}
    </>
  );
}

function ThemeButton() {
  const other = useTheme() === "dark" ? "light" : "dark";
  return (
    <button type="button" className="theme" onClick={() => choose(other)}>
      {other === "dark" ? "Dark" : "Light"}
    </button>
  );
}

function Tiles({ data }: { data: Dashboard }) {
  return (
    <div className="tiles">
      <SettledTile data={data} />
      <UnsettledTile data={data} />
      <SettlementRateTile data={data} />
      <SettlementTimeTile data={data} />
      <GmvTrendTile data={data} />
      <FunnelTile data={data} />
      <FailuresTile data={data} />
      <PaymentMethodsTile data={data} />
      <RatePerformanceTile data={data} />
    </div>
  );
}

function Loading() {
  return (
    <div className="tiles" aria-hidden="true">
      {Array.from({ length: TILES }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: nine boxes without anything in them
        <div key={place} className="tile empty" />
      ))}
    </div>
  );
}
