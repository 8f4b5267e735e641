/** Catches what a page throws while it draws, and says so in its place. */
import { Component, type ReactNode } from "react";

import { shared } from "@/strings";

import { ErrorSays } from "./ErrorSays";

type Props = { children: ReactNode };

export class Broken extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <ErrorSays
        error={this.state.error}
        title={shared.error.broken}
        onRetry={() => window.location.reload()}
      />
    );
  }
}
