/** Catches what a page throws, so that the navigation stays. */
import Alert from '@cloudscape-design/components/alert';
import { Component, type ReactNode } from 'react';

interface Caught {
  readonly error?: Error;
}

/** Shows the page, or that it failed. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, Caught> {
  override state: Caught = {};

  static getDerivedStateFromError(error: Error): Caught {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Alert type="error" header="This page failed">
        {error.message}
      </Alert>
    );
  }
}
