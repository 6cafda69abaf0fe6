import type { Client } from '../index.js'

/** What Refine's DataProvider asks for. */
export interface MidairDataProvider {
  getApiUrl(): string
  getList(params: any): Promise<{ data: any[]; total: number }>
  getOne(params: any): Promise<{ data: any }>
  getMany(params: any): Promise<{ data: any[] }>
  create(params: any): Promise<{ data: any }>
  update(params: any): Promise<{ data: any }>
  deleteOne(params: any): Promise<{ data: any }>
}

export function dataProvider(client: Client, options?: { keys?: Record<string, string | string[]>; apiUrl?: string }): MidairDataProvider
