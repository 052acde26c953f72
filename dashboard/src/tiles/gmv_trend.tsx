import { useCallback } from "react";
import type { Dashboard } from "../api/client";
import { Chart } from "../chart";
import { day, rupees, shortRupees } from "../format";
import { colour } from "../theme";
import { Nothing, Tile } from "../tile";

const SERIES = [
  ["captured", "Captured", "accent"],
  ["settled", "Settled", "good"],
  ["paid_out", "Paid out", "calm"],
  ["failed", "Failed", "bad"],
] as const;
const MEAN = "7-day mean of captured";

/** Tile 6. A chart's points are floating-point; what its tooltip says is exact. */
export function GmvTrendTile({ data }: { data: Dashboard }) {
  const points = data.gmv_trend;
  const option = useCallback(() => {
    const text = colour("text-soft");
    const line = (name: string, by: string, values: (string | null)[], more = {}) => ({
      name,
      type: "line",
      showSymbol: values.length < 3,
      itemStyle: { color: colour(by) },
      lineStyle: { width: 2, color: colour(by) },
      data: values.map((paise) => ({ value: paise == null ? null : Number(paise), paise })),
      ...more,
    });
    return {
      textStyle: { fontFamily: "inherit" },
      grid: { left: 8, right: 16, top: 34, bottom: 4, containLabel: true },
      legend: {
        type: "scroll",
        top: 0,
        left: 0,
        itemWidth: 14,
        icon: "roundRect",
        textStyle: { color: text },
        pageTextStyle: { color: text },
      },
      tooltip: {
        trigger: "axis",
        backgroundColor: colour("raised"),
        borderColor: colour("edge"),
        textStyle: { color: colour("text") },
        formatter: (at: { name: string; seriesName: string; data: { paise: string | null } }[]) =>
          [
            day(at[0]?.name),
            ...at.map((one) => `${one.seriesName}: ${rupees(one.data.paise)}`),
          ].join("<br>"),
      },
      xAxis: {
        type: "category",
        data: points.map((point) => point.start),
        axisLabel: { color: text, formatter: (date: string) => day(date).slice(0, -5) },
        axisLine: { lineStyle: { color: colour("edge") } },
        axisTick: { show: false },
      },
      yAxis: {
        type: "value",
        axisLabel: {
          color: text,
          formatter: (paise: number) => shortRupees(String(Math.round(paise))),
        },
        splitLine: { lineStyle: { color: colour("edge") } },
      },
      series: [
        ...SERIES.map(([field, name, by]) =>
          line(
            name,
            by,
            points.map((point) => point[field].amount_paise),
          ),
        ),
        line(
          MEAN,
          "text-soft",
          points.map((point) => point.trailing_mean_paise),
          { lineStyle: { width: 1, type: "dashed", color: text } },
        ),
      ],
    };
  }, [points]);
  const last = points.at(-1);
  return (
    <Tile field="gmv_trend" wide>
      {last === undefined ? (
        <Nothing>No payment was begun in this window.</Nothing>
      ) : (
        <Chart
          option={option}
          label={`Captured, settled, paid out and failed by day, ${day(points[0]?.start)} to ${day(
            last.start,
          )}; captured on the last: ${rupees(last.captured.amount_paise)}`}
        />
      )}
    </Tile>
  );
}
