"""What travels inside of APDUs (数据类型): Data of every type, descriptors, moments, selections, DAR."""
