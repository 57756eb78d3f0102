/** The shell of the console: sign-in, or the page with its navigation. */
import I18nProvider from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { SignIn } from './pages/sign-in/sign-in.js';
import { LostContext } from './parts/dialog.js';
import { FlashProvider } from './parts/flash.js';
import { RouterProvider } from './parts/router.js';
import { SessionContext } from './parts/session.js';
import { Shell } from './parts/shell.js';
import { useTheme } from './parts/theme.js';
import { useReachable } from './parts/use-reachable.js';
import { useSignIn } from './parts/use-sign-in.js';
import { StatusProvider } from './parts/use-status.js';
import { ROUTES } from './routes.js';

const NO_ANSWER_TEXT = 'Signing in: the server does not answer. It is asked again every few seconds.';

/** The whole console. When the key is no longer accepted, the page waits behind the sign-in with what was entered. */
export function App() {
  const [theme, setTheme] = useTheme();
  const { since, onAnswer } = useReachable();
  const { session, lost, checking, region, signIn } = useSignIn(onAnswer);
  const asks = (session === undefined || lost !== undefined) && !checking;
  return (
    <I18nProvider locale="en" messages={[messages]}>
      {checking && (
        <StatusIndicator type="loading">
          {since === undefined ? 'Signing in' : NO_ANSWER_TEXT}
        </StatusIndicator>
      )}
      {asks && <SignIn region={region} lost={lost} hasPage={session !== undefined} signIn={signIn} />}
      {session !== undefined && (
        <div hidden={lost !== undefined}>
          <LostContext value={lost !== undefined}>
            <SessionContext value={session}>
              <RouterProvider key={session.identity.arn}>
                <FlashProvider>
                  <StatusProvider>
                    <Shell routes={ROUTES} theme={theme} onTheme={setTheme} unreachableSince={since} />
                  </StatusProvider>
                </FlashProvider>
              </RouterProvider>
            </SessionContext>
          </LostContext>
        </div>
      )}
    </I18nProvider>
  );
}
