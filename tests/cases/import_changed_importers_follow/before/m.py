from a import tool
