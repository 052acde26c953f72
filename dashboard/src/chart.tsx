import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import type { EChartsCoreOption } from "echarts/core";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useTheme } from "./theme";

echarts.use([
  BarChart,
  LineChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  CanvasRenderer,
]);

const calm = matchMedia("(prefers-reduced-motion: reduce)");

type Props = {
  /** What the picture shows, for who cannot see it. */
  label: string;
  /** Made anew when the theme changes. */
  option: () => EChartsCoreOption;
};

/** One picture. New numbers move it where it stands; its size is the style sheet's. */
export function Chart({ label, option }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const theme = useTheme();

  useEffect(() => {
    if (!box.current) return;
    const made = echarts.init(box.current);
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(box.current);
    chart.current = made;
    return () => {
      watch.disconnect();
      made.dispose();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours follow from the theme
  useEffect(() => {
    chart.current?.setOption(
      { animation: !calm.matches, animationDuration: 300, ...option() },
      { notMerge: true },
    );
  }, [option, theme]);

  return <div ref={box} role="img" aria-label={label} className="chart" />;
}
