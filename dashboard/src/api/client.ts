import numbers from "./numbers.json";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Dashboard = Schemas["DashboardAnswer"];
export type Explanation = Schemas["ExplainAnswer"];
export type Transaction = Schemas["TransactionAnswer"];
export type Merchants = Schemas["MerchantPage"];
export type Moment = Schemas["MomentAnswer"];
export type Amount = Schemas["AmountAnswer"];
export type Anomalies = Schemas["AnomalyPage"];
export type Anomaly = Schemas["AnomalyAnswer"];
export type Rate = Schemas["RateAnswer"];
export type NumberName = Schemas["NumberName"];
export type NumberField = keyof typeof numbers;

/** Name, definition and unit of each number, as the API documents them. */
export const about = numbers;

const TIMEOUT_MS = 15_000;

/** What the API or the way to it says is wrong, in words for people. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly detail: string,
    readonly status: number | null,
  ) {
    super(message);
  }
}

/** One answer of the API. Throws ApiError: a problem document's title and detail, or no answer. */
export async function ask<T>(path: string, query: URLSearchParams, signal: AbortSignal) {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  let response: Response;
  try {
    response = await fetch(`${path}?${query}`, { signal: bounded });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError("The API gives no answer", "It is asked again by itself.", null);
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new ApiError(
      problem.title ?? `The API answered ${response.status}`,
      problem.detail ?? "",
      response.status,
    );
  }
  return (await response.json()) as T;
}
