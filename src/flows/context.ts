// What every flow is given: the parts, and who is asking. Built once by the composition root.
import type { Credentials, Mode } from '../connectors/contract.ts';
import type { PostToMerchant } from '../connectors/merchant-post.ts';
import type { Send } from '../connectors/transport.ts';
import type { Ports } from '../kernel/ports.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Db } from '../store/db.ts';
import type { KeyRing } from '../vault/key-ring.ts';
import type { CallMeter } from './call-meter.ts';
import type { ConfigurationCache } from './configuration.ts';
import type { FlowCatalogue } from './flow-catalogue/catalogue.ts';

export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface Context {
  readonly db: Db;
  readonly ports: Ports;
  readonly keyRing: KeyRing;
  readonly log: Log;
  /** Base of the URLs that PSPs and customers' browsers come back to; no trailing slash. */
  readonly publicUrl: string;
  /** A sender to the provider's base URL for the mode (simulator, PSP, override or endpoint), with a deadline. */
  readonly sendTo: (
    provider: string,
    mode: Mode,
    deadlineMs: number,
    /** For providers whose base URL is the merchant's to say. */
    credentials?: Credentials,
  ) => Send;
  /** The built-in simulator's address as a browser reaches it, when the provider's calls go there; else null. */
  readonly simulatorOf: (provider: string, mode: Mode) => string | null;
  readonly configurations: ConfigurationCache;
  /** Targets and definitions of the Connxt API, and the connectors that are scripts. */
  readonly flows: FlowCatalogue;
  readonly calls: CallMeter;
  /** Absent: nobody counts. */
  readonly metrics?: Metrics;
  /** Sends an event to a merchant's endpoint, guarded against addresses that are not public. */
  readonly postToMerchant: PostToMerchant;
  /** Sandbox endpoints may be on this machine or its network: a developer's own. */
  readonly localEndpoints: boolean;
  /** What an event's snapshot is in the words that merchants read. */
  readonly presentEvent: PresentEvent;
  /** Wakes the worker of this process, or one of its queues: something became due. Never needed for correctness. */
  readonly wake: (queue?: string) => void;
  /** Tells the built-in simulators where a sandbox connection's webhooks go and how they are signed. */
  readonly onCredentialsSaved:
    | ((provider: string, mode: Mode, credentials: Credentials) => void)
    | null;
}

export type PresentEvent = (
  environment: Environment,
  type: string,
  snapshot: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>>;

/** One organization in one mode: the owner of every row. */
export interface Environment {
  readonly id: string;
  readonly mode: Mode;
  readonly organizationId: string;
  readonly organizationName: string;
  readonly defaultCountry: string | null;
  /** Rises with every change of a connection or rule: the key of the configuration cache. */
  readonly configVersion: bigint;
}

/** Who is asking, as proven by a key. */
export interface Caller {
  readonly environment: Environment;
  readonly keyId: string;
  readonly scopes: readonly string[];
  /** From `X-Actor-Id`; only recorded. */
  readonly actorId: string | null;
}
