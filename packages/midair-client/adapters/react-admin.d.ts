import type { Client } from '../index.js'

/** What react-admin's DataProvider asks for; `any` keeps it assignable to every version of that type. */
export interface MidairDataProvider {
  getList(resource: string, params: any): Promise<{ data: any[]; total: number }>
  getOne(resource: string, params: any): Promise<{ data: any }>
  getMany(resource: string, params: any): Promise<{ data: any[] }>
  getManyReference(resource: string, params: any): Promise<{ data: any[]; total: number }>
  create(resource: string, params: any): Promise<{ data: any }>
  update(resource: string, params: any): Promise<{ data: any }>
  updateMany(resource: string, params: any): Promise<{ data: any[] }>
  delete(resource: string, params: any): Promise<{ data: any }>
  deleteMany(resource: string, params: any): Promise<{ data: any[] }>
}

export function dataProvider(client: Client, options?: { keys?: Record<string, string | string[]> }): MidairDataProvider
