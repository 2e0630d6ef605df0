from b import tool
