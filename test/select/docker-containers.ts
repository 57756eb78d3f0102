/** Containers of Docker: against a socket that answers as Docker does, and as it should not. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { DockerContainers, readInspected } from '../../src/select/docker-containers.js';

const idOf = (digit: string): string => digit.repeat(64);

const inspected = (id: string, more: object = {}): object => ({
  Id: id,
  State: { Running: true, Pid: 99 },
  Config: { Labels: { app: `web-${id[0]}` } },
  HostConfig: { NetworkMode: 'bridge' },
  NetworkSettings: { SandboxKey: `/var/run/docker/netns/${id.slice(0, 12)}` },
  ...more,
});

/** A Docker that the test speaks for. */
class FakeDocker {
  readonly running = new Map<string, object>();
  readonly events: ServerResponse[] = [];
  /** Answers a path in place of Docker. */
  instead: ((path: string, response: ServerResponse) => boolean) | undefined;
  readonly path: string;

  constructor(t: Test) {
    const directory = mkdtempSync('/tmp/tm-docker-');
    this.path = join(directory, 'docker.sock');
    const server = createServer(({ url = '' }, response) => {
      if (this.instead?.(url, response) === true) return;
      if (url.startsWith('/events')) {
        response.writeHead(200).flushHeaders();
        this.events.push(response);
      } else if (url.startsWith('/containers/json')) {
        response.end(JSON.stringify([...this.running.keys()].map((Id) => ({ Id }))));
      } else {
        const found = this.running.get(url.split('/')[2] ?? '');
        response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {}));
      }
    }).listen(this.path);
    t.teardown(() => {
      server.closeAllConnections();
      server.close();
      rmSync(directory, { recursive: true });
    });
  }

  tell(Action: string, ID: string): void {
    for (const response of this.events)
      response.write(`${JSON.stringify({ Type: 'container', Action, Actor: { ID } })}\n`);
  }
}

function follow(t: Test, docker: FakeDocker) {
  let wake = (): void => {};
  const source = new DockerContainers(docker.path, () => wake());
  t.teardown(() => source.close());
  const until = async (count: number): Promise<void> => {
    while (source.containers.length !== count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { source, until };
}

t.test('containers that come and go', async (t) => {
  const docker = new FakeDocker(t);
  docker.running.set(idOf('a'), inspected(idOf('a')));
  const { source, until } = follow(t, docker);
  await source.ready;
  await until(1);
  t.match(source.containers, [{ id: `docker/${idOf('a')}`, labels: new Map([['app', 'web-a']]) }]);
  docker.running.set(idOf('b'), inspected(idOf('b')));
  docker.tell('start', idOf('b'));
  await until(2);
  docker.running.delete(idOf('a'));
  docker.tell('die', idOf('a'));
  await until(1);
  t.equal(source.problem, undefined);
});

t.test('what is inspected', async (t) => {
  const id = idOf('c');
  t.match(readInspected(inspected(id)), {
    id: `docker/${id}`,
    netns: `/var/run/docker/netns/${id.slice(0, 12)}`,
  });
  const rows = {
    'does not run': { State: { Running: false } },
    'the network of the host': { HostConfig: { NetworkMode: 'host' } },
    'the network of another container': { HostConfig: { NetworkMode: `container:${idOf('d')}` } },
    'an id that is none': { Id: '../../secrets' },
    'no namespace': { NetworkSettings: { SandboxKey: '' } },
    'a relative path': { NetworkSettings: { SandboxKey: 'netns/1' } },
  };
  for (const [name, more] of Object.entries(rows))
    t.equal(readInspected(inspected(id, more)), undefined, name);
  for (const answer of [null, 7, [], 'text']) t.equal(readInspected(answer), undefined);
});

t.test('a Docker that lies, and one that goes away', async (t) => {
  const docker = new FakeDocker(t);
  docker.running.set(idOf('a'), inspected(idOf('a')));
  const { source, until } = follow(t, docker);
  await source.ready;
  await until(1);
  docker.instead = (_path, response) => {
    response.writeHead(500).end();
    return true;
  };
  for (const response of docker.events) response.write('no JSON\n');
  while (source.problem === undefined) await new Promise((resolve) => setImmediate(resolve));
  t.match(source.problem, /an event that is not JSON|status 500/);
  t.equal(source.containers.length, 1, 'what is known goes on without it');
});

t.test('no answer, or one without end', async (t) => {
  const endless = new FakeDocker(t);
  const piece = Buffer.alloc(2 ** 20, ' ');
  endless.instead = (path, response) => {
    if (path.startsWith('/events')) return false;
    const more = (): void => {
      while (!response.destroyed && response.write(piece)) if (response.writableEnded) return;
      if (!response.destroyed) response.once('drain', more);
    };
    more();
    return true;
  };
  const { source } = follow(t, endless);
  await source.ready;
  t.match(source.problem, /an answer of more than 32 MiB/);
  const nobody = new DockerContainers('/tmp/tm-docker-nobody.sock', () => {});
  t.teardown(() => nobody.close());
  await nobody.ready;
  t.match(nobody.problem, /ENOENT/);
});

t.test('a list is whole only when every container of it was inspected', async (t) => {
  const docker = new FakeDocker(t);
  docker.running.set(idOf('a'), inspected(idOf('a')));
  let inspect = (): void => {};
  const asked = new Promise<void>((resolve) => {
    docker.instead = (path, response) => {
      if (!path.startsWith(`/containers/${idOf('a')}`)) return false;
      inspect = () => response.end(JSON.stringify(docker.running.get(idOf('a'))));
      resolve();
      return true;
    };
  });
  const { source, until } = follow(t, docker);
  await asked;
  t.strictSame([source.isWhole, source.problem], [false, undefined], 'listed, not inspected');
  inspect();
  await source.ready;
  await until(1);
  t.equal(source.isWhole, true);
});

t.test('an answer that is no list says nothing about containers', async (t) => {
  const docker = new FakeDocker(t);
  docker.instead = (path, response) => {
    if (!path.startsWith('/containers/json')) return false;
    response.end('{}');
    return true;
  };
  const { source } = follow(t, docker);
  await source.ready;
  t.match(source.problem, /no list of containers/);
  t.equal(source.isWhole, false);
});
