/** A chart of a report: drawn when it is seen, anew when its room or the colours change. */
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState, type ReactNode } from "react";

import { report as words } from "@/strings/report";

import type { Inks } from "./draw";
import css from "./report.module.css";

type Props = { title: string; spec: object | undefined; height?: number };

export function Chart({ title, spec, height = 130 }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");
  const width = useSeenWidth(place);
  const [state, setState] = useState<"waiting" | "drawn" | "failed">("waiting");

  useEffect(() => {
    const element = place.current;
    if (element === null || spec === undefined || width === 0) return undefined;
    let gone = false;
    let remove = (): void => undefined;
    import("./draw")
      .then(({ draw }) =>
        gone ? remove : draw(element, spec, { width, height, inks: inksOf(element) }),
      )
      .then((drawn) => {
        remove = drawn;
        if (gone) drawn();
        else setState("drawn");
      })
      .catch(() => {
        if (!gone) setState("failed");
      });
    return () => {
      gone = true;
      remove();
    };
  }, [spec, width, height, scheme]);

  if (spec === undefined) return null;
  return (
    <div className={css.chart}>
      <div role="img" aria-label={words.chart(title)}>
        <div ref={place} aria-hidden="true" style={{ minHeight: height }} />
      </div>
      {state === "failed" && <p className={css.note}>{words.chartFailed}</p>}
    </div>
  );
}

/** The width of an element once it has come into view; 0 before that. */
function useSeenWidth(place: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.floor(entry.contentRect.width));
    });
    const sight = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        sight.disconnect();
        sizes.observe(element);
      },
      { rootMargin: "300px" },
    );
    sight.observe(element);
    return () => {
      sight.disconnect();
      sizes.disconnect();
    };
  }, [place]);
  return width;
}

function inksOf(element: HTMLElement): Inks {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: of("--ink"),
    soft: of("--soft"),
    rule: of("--rule"),
    real: of("--real"),
    synth: of("--synth"),
    font: style.fontFamily,
  };
}
