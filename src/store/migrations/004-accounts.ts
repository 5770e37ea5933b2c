// What was seen of each account and of each provider: one document per name, changed as a whole.

export function fourth(): readonly string[] {
  return ['create table conditions (kind text not null, name text not null, state text not null, primary key (kind, name))'];
}
