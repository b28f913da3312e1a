// The house rules that no published lint rule can express: who may import whom, and that time, randomness and the
// network come in through ports (reliability.md S1). Which rule holds where is said in .oxlintrc.json.
import { dirname, relative, resolve, sep } from 'node:path';
import { importFault } from './layers.ts';

/** The part of oxlint's rule context and syntax tree that the rules below use. */
interface Node {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly computed?: boolean;
  readonly source?: Node | null;
  readonly argument?: Node | null;
  readonly callee?: Node;
  readonly arguments?: readonly Node[];
  readonly object?: Node;
  readonly property?: Node;
  readonly imported?: Node;
  readonly specifiers?: readonly Node[];
}

interface Context {
  readonly filename: string;
  readonly cwd: string;
  readonly sourceCode: { isGlobalReference(node: Node): boolean };
  report(found: { node: Node; message: string }): void;
}

type Visitor = Record<string, (node: Node) => void>;

const layers = {
  create(context: Context): Visitor {
    const root = resolve(context.cwd, 'src');
    const from = below(root, context.filename);
    if (from === null) return {};
    const check = (node: Node): void => {
      const specifier = (node.source ?? node.argument)?.value;
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return;
      const to = below(root, resolve(dirname(context.filename), specifier));
      const message =
        to === null ? 'src imports nothing of the repository outside src' : importFault(from, to);
      if (message !== null) context.report({ node, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

const NETWORK = ['fetch', 'WebSocket', 'EventSource'];
const NETWORK_MODULES =
  /^(undici|node:https?|node:http2|node:net|node:tls|node:dgram|node:dns)(\/|$)/;
const RANDOM = /^(random(Bytes|UUID|Int|Fill|FillSync)|webcrypto|getRandomValues)$/;
const AMBIENT_MEMBERS = new Map([
  ['Date', /^now$/],
  ['Math', /^random$/],
  ['performance', /^now$/],
  ['crypto', RANDOM],
]);

const noAmbient = {
  create(context: Context): Visitor {
    const isGlobal = (node: Node | undefined, name: string): boolean =>
      node?.type === 'Identifier' &&
      node.name === name &&
      context.sourceCode.isGlobalReference(node);
    const report = (node: Node, what: string, port: string): void =>
      context.report({ node, message: `${what}: take ${port} as an argument (kernel/ports.ts)` });
    return {
      Identifier(node) {
        if (NETWORK.some((name) => isGlobal(node, name))) report(node, node.name!, 'a sender');
      },
      NewExpression(node) {
        if (node.arguments?.length === 0 && isGlobal(node.callee, 'Date'))
          report(node, 'new Date()', 'a Clock');
      },
      CallExpression(node) {
        if (isGlobal(node.callee, 'Date')) report(node, 'Date()', 'a Clock');
      },
      MemberExpression(node) {
        const member = String(node.computed ? node.property?.value : node.property?.name);
        for (const [object, forbidden] of AMBIENT_MEMBERS) {
          if (forbidden.test(member) && isGlobal(node.object, object))
            report(node, `${object}.${member}`, 'a Clock or a Random');
        }
      },
      ImportDeclaration(node) {
        if (node.source?.value !== 'node:crypto') return;
        for (const { imported } of node.specifiers ?? []) {
          if (imported?.name !== undefined && RANDOM.test(imported.name))
            report(node, imported.name, 'a Random');
        }
      },
    };
  },
};

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];

const pure = {
  create(context: Context): Visitor {
    return {
      Identifier(node) {
        if (TIMERS.includes(node.name!) && context.sourceCode.isGlobalReference(node))
          context.report({
            node,
            message: `${node.name}: what happens later is a row (DESIGN 1.5)`,
          });
      },
      ImportDeclaration(node) {
        const name = String(node.source?.value);
        if (NETWORK_MODULES.test(name) || /^node:timers(\/|$)/.test(name))
          context.report({
            node,
            message: `${name}: this room reaches the world through ports only`,
          });
      },
    };
  },
};

/** `/x/src/api/a.ts` below `/x/src` is `api/a.ts`; null when it lies elsewhere. */
function below(root: string, file: string): string | null {
  const path = relative(root, file);
  return path.startsWith('..') ? null : path.split(sep).join('/');
}

export default {
  meta: { name: 'house' },
  rules: { layers, 'no-ambient': noAmbient, pure },
};
