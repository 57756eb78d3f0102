/** The control API: its state, its services and its server. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Vni } from '../resources/numbers.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { ApiConfiguration, ControlApiLinks, ControlApiOptions } from './api-options.js';
import { ApiState, type ApplyResources, type DeclaredState } from './api-state.js';
import { Audit } from './audit.js';
import { type AccessKeys, readAccessKeys, readApiFile } from './authentication/access-keys.js';
import { authorize } from './authorization/authorize.js';
import { ClientTokens } from './client-tokens.js';
import type { ActiveResources, AllResources } from './ec2/active-resources.js';
import { Ec2Service } from './ec2/ec2-service.js';
import { CLIENT_TOKENS } from './ec2/kinds.js';
import { Elbv2Service } from './elbv2/elbv2-service.js';
import { ApiServer } from './http/api-server.js';
import { ConsoleFiles } from './http/console-files.js';
import { hostId } from './inventory/host-id.js';
import { InventorySource } from './inventory/inventory-source.js';
import { MetricRecorder } from './monitoring/metric-recorder.js';
import { MetricStore } from './monitoring/metric-store.js';
import { type Dimension, dimensionsOf } from './monitoring/metrics.js';
import { MonitoringService } from './monitoring/monitoring-service.js';
import { RamService } from './ram/ram-service.js';
import { ResourceShares } from './ram/resource-shares.js';
import type { ApiService, Membership, Principal } from './service.js';
import type { ServiceName } from './services.js';
import type { ApiAccount } from './settings.js';
import { StsService } from './sts/sts-service.js';
import { TrafficMirrorService } from './traffic-mirror/traffic-mirror-service.js';
import { WorkQueue } from './work-queue.js';

const METRICS_DIRECTORY = 'api-metrics';
/** What `npm run build` makes of console/, from dist/src/api/. */
const CONSOLE_DIRECTORY = fileURLToPath(new URL('../../console/www/', import.meta.url));

export class ControlApi {
  readonly #state: ApiState;
  readonly #shares: ResourceShares;
  readonly #options: ControlApiOptions;
  readonly #inventory: InventorySource;
  #configuration: ApiConfiguration;
  #accessKeys: AccessKeys;
  #server: ApiServer | undefined;
  #recorder: MetricRecorder | undefined;
  /** Ends the calls that wait for copies. */
  #endPeeks = (): void => {};
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(options: ControlApiOptions, state: ApiState, accessKeys: AccessKeys) {
    this.#options = options;
    this.#configuration = options.configuration;
    this.#state = state;
    this.#inventory = new InventorySource({
      interfaces: () => state.catalog.networkInterfaces,
      askDevices: options.askDevices,
      host: hostId(),
      region: options.configuration.api.region,
    });
    this.#shares = new ResourceShares(state.store, Date.now, {
      organizations: state,
      onForgotten: (accountId) => warnForgotten(options.log, accountId),
    });
    this.#accessKeys = accessKeys;
    state.setShares(this.#shares);
  }

  /**
   * Reads state and secrets, and changes nothing.
   * @throws ApiFileError, StateError, Error of the system (reject)
   */
  static async open(options: ControlApiOptions): Promise<ControlApi> {
    const { configuration, stateDirectory, requireOwned, log, isInventoryWhole } = options;
    const accessKeys = await readAccessKeys(configuration.api);
    const declared = declaredStateOf(configuration);
    const state = await ApiState.open({
      stateDirectory,
      requireOwned,
      declared,
      log,
      ...(isInventoryWhole && { isInventoryWhole }),
    });
    return new ControlApi(options, state, accessKeys);
  }

  /** The resources that are active now, of the configuration file and of the API, and the sessions that are not. */
  get active(): ActiveResources {
    return this.#state.active;
  }

  /** Whether a session that was made through the API has the identifier. */
  isVniCreated(vni: Vni): boolean {
    return this.#state.catalog.isVniCreated(vni);
  }

  /** Takes other resources of the file before `start`, with the sources that selectors find. */
  declare(resources: ResourceSet): void {
    this.#configuration = { ...this.#configuration, resources };
    this.#state.declare(declaredStateOf(this.#configuration));
  }

  /**
   * The same while it runs.
   * @param apply makes the engine mirror the resources
   * @throws what `apply` throws (rejects); everything is then as before
   */
  async replace(resources: ResourceSet, apply: ApplyResources): Promise<void> {
    const configuration = { ...this.#configuration, resources };
    await this.#state.reload(declaredStateOf(configuration), apply);
    this.#configuration = configuration;
  }

  /** Deletes the sessions whose source is gone, if the inventory is whole now. @throws StateError (rejects) */
  removeOrphans(): Promise<void> {
    return this.#state.removeOrphans();
  }

  /** Everything that file and API have, active or not. @throws StateError (rejects) */
  readAll(): Promise<AllResources> {
    return this.#state.readAll();
  }

  /** Starts to serve calls. @throws ListenError, ApiFileError (reject); `close` then closes what was opened */
  start(links: ControlApiLinks): Promise<void> {
    this.#starting = this.#start(links);
    return this.#starting;
  }

  async #start(links: ControlApiLinks): Promise<void> {
    const { apply, counts, trafficMirror } = links;
    this.#endPeeks = trafficMirror.endPeeks;
    const { stateDirectory, requireOwned, log } = this.#options;
    const audit = new Audit(this.#options.audit);
    const { listen, tls, region, accounts, console: hasConsole } = this.#configuration.api;
    const metrics = await MetricStore.open(join(stateDirectory, METRICS_DIRECTORY), Date.now, requireOwned);
    this.#state.startApplying(apply);
    await this.#state.removeOrphans();
    this.#recorder = new MetricRecorder({
      store: metrics,
      counts,
      sessionOwner: (id) => this.#state.catalog.find('sessions', id)?.ownerId,
      dimensionsOf: (sourceId) => this.#dimensionsOf(sourceId),
      isPassing: (id) => this.#state.catalog.isPassing(id),
      now: Date.now,
      onLoss: (reason) => log.warn({ reason }, 'points of metrics are lost'),
    });
    this.#server = await ApiServer.start({
      listen,
      tls: tls && {
        certificate: await readApiFile(tls.certificateFile, 'api.tls.certificateFile'),
        key: await readApiFile(tls.keyFile, 'api.tls.keyFile'),
      },
      region,
      accessKeys: () => this.#accessKeys,
      socketPrincipal: listen.kind === 'unix' ? ownerOfSocket(accounts[0].accountId) : undefined,
      services: this.#services(metrics, links),
      console: hasConsole ? await this.#consoleFiles() : undefined,
      now: Date.now,
      onAnswered: (answered) => {
        const { requestId, durationMs, call, response } = answered;
        const { status } = response;
        audit.record(answered);
        log.debug(
          { requestId, status, durationMs, action: call?.action, user: call?.principal.arn },
          'api call',
        );
      },
      onInternalError: (requestId, error) => log.error({ requestId, err: error }, 'api call failed'),
    });
    log.info({ listen, region }, 'control api listens');
  }

  /**
   * Takes accounts, resources and quotas of another configuration file.
   * @param apply makes the engine mirror the resources
   * @throws ApiFileError, and what `apply` throws (reject); everything is then as before
   */
  async reload(configuration: ApiConfiguration, apply: ApplyResources): Promise<void> {
    const accessKeys = await readAccessKeys(configuration.api);
    await this.#state.reload(declaredStateOf(configuration), apply);
    this.#configuration = configuration;
    this.#accessKeys = accessKeys;
  }

  /**
   * Takes no more calls. Also while the start is under way, or after it failed. Resolves when the calls under way have their
   * responses, and every change is made or undone.
   */
  stopListening(): Promise<void> {
    this.#stopping ??= this.#stopListening();
    return this.#stopping;
  }

  /** Records the last counts, and closes. Also after a start that failed. */
  async close(): Promise<void> {
    await this.stopListening();
    await this.#recorder?.stop();
    await this.#state.close();
  }

  /** The API is served without the console too. */
  async #consoleFiles(): Promise<ConsoleFiles | undefined> {
    const { log } = this.#options;
    try {
      const files = await ConsoleFiles.read(CONSOLE_DIRECTORY);
      if (files === undefined) log.warn({ directory: CONSOLE_DIRECTORY }, 'the console is not installed');
      return files;
    } catch (error) {
      log.warn({ directory: CONSOLE_DIRECTORY, err: error }, 'the console cannot be read');
      return undefined;
    }
  }

  #dimensionsOf(sourceId: string): Dimension[] {
    const { catalog } = this.#state;
    const source = catalog.findInterface(sourceId);
    const isDeclared = source !== undefined && catalog.isDeclaredInterface(source);
    return dimensionsOf(sourceId, isDeclared ? this.#inventory.placeOf(source) : {});
  }

  /** The account of the configuration file, and the region. */
  get #owner(): { readonly accountId: string; readonly region: string } {
    const { accounts, region } = this.#configuration.api;
    return { accountId: accounts[0].accountId, region };
  }

  async #stopListening(): Promise<void> {
    await this.#starting?.catch(() => {});
    this.#endPeeks();
    await this.#server?.close();
    // Whoever made the change was told.
    await this.#state.store.settled().catch(() => {});
  }

  #services(
    metrics: MetricStore,
    { activityOf, targetHealth, trafficMirror }: ControlApiLinks,
  ): Readonly<Record<ServiceName, ApiService>> {
    const { log } = this.#options;
    const { store, catalog } = this.#state;
    const now = Date.now;
    const work = new WorkQueue();
    const hasAccount = (id: string): boolean =>
      this.#configuration.api.accounts.some(({ accountId }) => accountId === id);
    return {
      ec2: new Ec2Service(
        {
          catalog,
          store,
          work,
          tokens: new ClientTokens({
            state: store,
            table: CLIENT_TOKENS,
            onForgotten: (accountId) => warnForgotten(log, accountId),
          }),
          shares: this.#shares,
          authorize,
          quotas: () => this.#configuration.quotas,
          now,
          hasDevice: this.#options.hasDevice,
          activityOf,
          inventory: this.#inventory,
        },
        (error, { requestId, action }) => log.error({ requestId, action, err: error }, 'api call failed'),
      ),
      elasticloadbalancing: new Elbv2Service({
        balancers: () => ({
          loadBalancers: catalog.declared.networkLoadBalancers,
          owner: this.#owner,
          inventory: this.#inventory,
          health: targetHealth,
        }),
        work,
        authorize,
      }),
      ram: new RamService({ shares: this.#shares, work, targets: this.#state, authorize, hasAccount, now }),
      monitoring: new MonitoringService({ store: metrics, work, authorize, now }),
      sts: new StsService(),
      'traffic-mirror': new TrafficMirrorService({
        view: () => {
          const { accountId, region } = this.#owner;
          return { catalog, shares: this.#shares, region, hostAccountId: accountId };
        },
        store,
        links: trafficMirror,
        work,
        authorize,
      }),
    };
  }
}

function declaredStateOf({ api, resources }: ApiConfiguration): DeclaredState {
  const { region, accounts } = api;
  const accountIds = accounts.map(({ accountId }) => accountId);
  return { resources, region, accountIds, memberships: new Map(accounts.flatMap(membershipOf)) };
}

function membershipOf({ accountId, organization, organizationalUnits }: ApiAccount): [string, Membership][] {
  return organization === undefined ? [] : [[accountId, { organization, organizationalUnits }]];
}

/** The caller of unsigned requests on the unix socket. The permissions of the socket have decided who may call. */
function ownerOfSocket(accountId: string): Principal {
  return {
    accountId,
    userName: 'root',
    arn: `arn:aws:iam::${accountId}:root`,
    statements: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
  };
}

function warnForgotten(log: Logger, accountId: string): void {
  log.warn({ accountId }, 'too many client tokens: the oldest are forgotten before a day has passed');
}
