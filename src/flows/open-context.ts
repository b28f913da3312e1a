// Puts the parts of a Context together, for the server and for commands that work beside it.
import { type AddressOptions, providerAddresses } from '../connectors/addresses.ts';
import { connectorOf } from '../connectors/registry.ts';
import type { ScriptPool, ScriptRequest } from '../connectors/script/contract.ts';
import { noScripts } from '../connectors/script/no-pool.ts';
import { scriptSender } from '../connectors/script/sender.ts';
import type { Network, Send } from '../connectors/transport.ts';
import type { Ports } from '../kernel/ports.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Db } from '../store/db.ts';
import type { KeyRing } from '../vault/key-ring.ts';
import { CallMeter } from './call-meter.ts';
import { ConfigurationCache } from './configuration.ts';
import type { Context, Log, PresentEvent } from './context.ts';
import { wakeDeliveries } from './deliver-event/wake.ts';
import { senderToEndpoint } from './endpoint-sender.ts';
import { FlowCatalogue } from './flow-catalogue/catalogue.ts';

export interface ContextParts extends AddressOptions {
  readonly db: Db;
  readonly ports: Ports;
  readonly keyRing: KeyRing;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly transport: Network;
  /** Left out: scripts do not run in this process. */
  readonly scripts?: ScriptPool;
  /** Read at each use: with port 0 it is known only when the server listens. */
  readonly publicUrl: () => string;
  readonly localEndpoints: boolean;
  readonly presentEvent: PresentEvent;
  readonly wake: Context['wake'];
  readonly onCredentialsSaved: Context['onCredentialsSaved'];
}

export function openContext(parts: ContextParts): Context {
  const { db, ports, keyRing, log, metrics, transport, publicUrl } = parts;
  const addresses = providerAddresses(parts);
  const flows = new FlowCatalogue({ db, ports, scripts: parts.scripts ?? noScripts });
  const context: Context = {
    db,
    ports,
    keyRing,
    log,
    get publicUrl() {
      return publicUrl();
    },
    sendTo: (provider, mode, deadlineMs, credentials) => {
      const endpoint = Object.hasOwn(parts.overrides, provider)
        ? null
        : senderToEndpoint(parts, provider, mode, deadlineMs, credentials);
      if (endpoint) return endpoint;
      if (connectorOf(provider)?.script) {
        const sendAnywhere = scriptSender(transport, addresses.standInOf(provider, mode));
        return (request) => sendAnywhere(request as ScriptRequest); // scripts name their origin
      }
      const to = (host?: string): Send => {
        const url = addresses.baseUrl(provider, mode, host);
        return url === null ? nowhere : transport.to(url, deadlineMs);
      };
      const send = to();
      return (request) => (request.host === undefined ? send : to(request.host))(request);
    },
    simulatorOf: addresses.simulatorOf,
    configurations: new ConfigurationCache({ db, ports, keyRing, flows }),
    flows,
    calls: new CallMeter({ db, metrics }),
    metrics,
    postToMerchant: transport.postToMerchant,
    localEndpoints: parts.localEndpoints,
    presentEvent: parts.presentEvent,
    wake: parts.wake,
    onCredentialsSaved: parts.onCredentialsSaved,
  };
  db.onAnnounced((environmentId) => wakeDeliveries(context, environmentId));
  return context;
}

const nowhere: Send = async () => ({ sent: 'not_sent', reason: 'this PSP has no sandbox' });
