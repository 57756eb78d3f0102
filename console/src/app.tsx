/** The shell of the console. */
import Header from '@cloudscape-design/components/header';

/** The whole page. */
export function App() {
  return <Header variant="h1">Traffic Mirroring</Header>;
}
