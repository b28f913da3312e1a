// Refusals of the payout flows in Formance's words: CONFLICT is a 400 there, and what a provider cannot do has a code
// of its own (api/formance.md section 1).
import { Problem } from '../../../kernel/problem.ts';

export async function inFormanceWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof Problem ? translated(error) : error;
  }
}

function translated(problem: Problem): Problem {
  const { code, message, details, status } = problem;
  const as = (word: string) => new Problem(400, word, message, details);
  if (code === 'reference_taken') return as('CONFLICT');
  if (code.endsWith('_not_supported')) return as('CONNECTOR_CAPABILITY_NOT_SUPPORTED');
  if (code === 'no_available_connection') {
    const considered = details.considered as readonly { readonly reason: string }[] | undefined;
    const unable = considered?.some(({ reason }) => reason === 'operation_not_supported');
    return as(unable ? 'CONNECTOR_CAPABILITY_NOT_SUPPORTED' : 'VALIDATION');
  }
  return status === 409 ? as('CONFLICT') : problem;
}
