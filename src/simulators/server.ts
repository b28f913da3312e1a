// The simulators alone on a port of their own (`switchyard simulators`), under the same paths as on the main server.
import fastify from 'fastify';
import { type MountOptions, mountSimulators, type SimulatorsHandle } from './mount.ts';

export interface ServerOptions extends Omit<MountOptions, 'publicUrl'> {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Absent: the address that it listens on. */
  readonly publicUrl?: string;
}

export interface SimulatorServer {
  readonly url: string;
  readonly simulators: SimulatorsHandle;
  close(): Promise<void>;
}

export async function startSimulators(options: ServerOptions): Promise<SimulatorServer> {
  const app = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 1024 * 1024 });
  let url = options.publicUrl ?? '';
  const handle = mountSimulators(app, { ...options, publicUrl: () => url });
  const address = await app.listen({ host: options.host, port: options.port });
  url ||= address;
  return { url, simulators: handle, close: () => app.close() };
}
