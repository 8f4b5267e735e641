/** The strip of blocks: what of each is drawn, under way, tried again, failed or waiting. */
import type { TasksSeen } from "@/api";

export type Cell = "done" | "going" | "again" | "failed" | "waiting";

const MOST_CELLS = 200;
const BLOCK_ROWS = 10_000;
const RANK: Cell[] = ["failed", "again", "going", "waiting", "done"];

/** How many rows a cell stands for. */
export const rowsPerCell = (blocks: number): number => blocksPerCell(blocks) * BLOCK_ROWS;

const blocksPerCell = (blocks: number): number => Math.max(1, Math.ceil(blocks / MOST_CELLS));

/** One cell per block, or per several of them where there are more than fit. */
export function cellsOf(seen: TasksSeen): Cell[] {
  const total = seen.blocks ?? 0;
  const cells = new Array<Cell>(total).fill("waiting");
  const chunks = seen.tasks.filter((task) => task.role === "chunk");
  const usual = chunks[0]?.units ?? 1;
  for (const task of chunks) {
    for (let unit = 0; unit < task.units; unit += 1) {
      const at = task.number * usual + unit;
      if (at < total) cells[at] = unit < task.done ? "done" : restOf(task.state);
    }
  }
  if (total <= MOST_CELLS) return cells;
  const size = blocksPerCell(total);
  const joined: Cell[] = [];
  for (let at = 0; at < total; at += size) {
    const part = cells.slice(at, at + size);
    joined.push(RANK.find((cell) => part.includes(cell)) ?? "waiting");
  }
  return joined;
}

function restOf(state: TasksSeen["tasks"][number]["state"]): Cell {
  switch (state) {
    case "completed":
      return "done";
    case "running":
      return "going";
    case "retrying":
      return "again";
    case "failed":
      return "failed";
    default:
      return "waiting";
  }
}

export const countOf = (cells: readonly Cell[], cell: Cell): number =>
  cells.filter((one) => one === cell).length;
