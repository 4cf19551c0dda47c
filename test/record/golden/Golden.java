import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.utils.Utils;

/**
 * The Java client's side of the golden bytes. `java Golden.java make` prints batches made by Kafka's own classes and
 * what they read back from them; `java Golden.java read FILE` prints what they read from the batches in FILE;
 * `java Golden.java keys` prints the partition of some keys. See make-golden.mjs.
 */
public class Golden {
  static final long T = 1_700_000_000_000L;
  static final HexFormat HEX = HexFormat.of();

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "make" -> make();
      case "read" -> {
        String name = null;
        for (String line : Files.readAllLines(Path.of(args[1]))) {
          if (line.startsWith("case ")) name = line.substring(5);
          if (line.startsWith("bytes ")) show(name, ByteBuffer.wrap(HEX.parseHex(line.substring(6))));
        }
      }
      case "keys" -> keys();
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  static void make() throws Exception {
    for (CompressionType type : CompressionType.values()) {
      Compression codec = Compression.of(type).build();
      show("mixed " + type.name, batch(codec, TimestampType.CREATE_TIME, -1L, (short) -1, -1, false, mixed()));
      if (type != CompressionType.NONE) show("large " + type.name, batch(codec, TimestampType.CREATE_TIME, -1L, (short) -1, -1, false, large()));
      show("log append time " + type.name, batch(codec, TimestampType.LOG_APPEND_TIME, -1L, (short) -1, -1, false, mixed()));
    }
    show("idempotent", batch(Compression.NONE, TimestampType.CREATE_TIME, 4_000_000_000L, (short) 7, 123_456, false, mixed()));
    show("transactional", batch(Compression.NONE, TimestampType.CREATE_TIME, 9L, (short) 32_767, Integer.MAX_VALUE, true, mixed()));
    show("commit marker", MemoryRecords.withEndTransactionMarker(T, 9L, (short) 1, new EndTransactionMarker(ControlRecordType.COMMIT, 0)).buffer());
    show("abort marker", MemoryRecords.withEndTransactionMarker(T, 9L, (short) 1, new EndTransactionMarker(ControlRecordType.ABORT, 0)).buffer());
  }

  static ByteBuffer batch(Compression codec, TimestampType time, long pid, short epoch, int sequence, boolean transactional, List<SimpleRecord> records) {
    MemoryRecordsBuilder builder = MemoryRecords.builder(ByteBuffer.allocate(1024), RecordBatch.MAGIC_VALUE_V2, codec, time, 5L, T + 77, pid, epoch, sequence, transactional, false, 3);
    for (SimpleRecord record : records) builder.append(record);
    return builder.build().buffer();
  }

  static List<SimpleRecord> mixed() {
    List<SimpleRecord> records = new ArrayList<>(List.of(
        record(T, "key", "value"),
        record(T + 5, null, "no key", new RecordHeader("h", bytes("1")), new RecordHeader("h", null), new RecordHeader("ünï", new byte[0])),
        record(T - 86_400_000L * 400, "earlier", null),
        record(T + 86_400_000L * 400, "", ""),
        record(253_402_300_799_999L, null, null)));
    for (int i = 0; i < 20; i++) records.add(record(T + i, "key-" + i, "value number " + i));
    return records;
  }

  /** More than one block of snappy's and of LZ4's framing. */
  static List<SimpleRecord> large() {
    return List.of(record(0L, "large", "0123456789abcdef".repeat(9_000)), record(1L, null, "end"));
  }

  static SimpleRecord record(long timestamp, String key, String value, Header... headers) {
    return new SimpleRecord(timestamp, bytes(key), bytes(value), headers);
  }

  static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  static void show(String name, ByteBuffer buffer) throws Exception {
    System.out.println("case " + name);
    System.out.println("bytes " + HEX.formatHex(Utils.toArray(buffer.duplicate())));
    for (MutableRecordBatch batch : MemoryRecords.readableRecords(buffer.duplicate()).batches()) {
      batch.ensureValid();
      System.out.printf("batch %s %s %d..%d max %d producer %d %d %d%s%s%n", batch.compressionType().name, batch.timestampType().name,
          batch.baseOffset(), batch.lastOffset(), batch.maxTimestamp(), batch.producerId(), batch.producerEpoch(), batch.baseSequence(),
          batch.isTransactional() ? " transactional" : "", batch.isControlBatch() ? " control" : "");
      for (org.apache.kafka.common.record.internal.Record record : batch) {
        StringBuilder line = new StringBuilder("record ").append(record.offset()).append(' ').append(record.timestamp());
        line.append(' ').append(field(record.key())).append(' ').append(field(record.value()));
        for (Header header : record.headers()) {
          line.append(' ').append(HEX.formatHex(bytes(header.key()))).append('=').append(header.value() == null ? "null" : HEX.formatHex(header.value()));
        }
        System.out.println(line);
      }
    }
  }

  /** Hex; of long fields their length and SHA-256. */
  static String field(ByteBuffer field) throws Exception {
    if (field == null) return "null";
    byte[] bytes = Utils.toArray(field);
    if (bytes.length == 0) return "empty";
    if (bytes.length <= 64) return HEX.formatHex(bytes);
    return bytes.length + ":" + HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  static void keys() {
    List<byte[]> keys = new ArrayList<>();
    for (String text : List.of("", "a", "ab", "abc", "abcd", "abcde", "customer-17", "ORD", "JFK", "LAX", "the quick brown fox", "ünïcödé", "日本語")) keys.add(bytes(text));
    keys.add(new byte[] {0}); keys.add(new byte[] {-1, -2, -3, -4, -5, -6, -7}); keys.add(new byte[] {(byte) 0x80, 0, 0, (byte) 0x80});
    byte[] all = new byte[256];
    for (int i = 0; i < 256; i++) all[i] = (byte) i;
    keys.add(all);
    for (byte[] key : keys) {
      int hash = Utils.murmur2(key);
      System.out.printf("%s %d %d %d %d%n", key.length == 0 ? "empty" : HEX.formatHex(key), hash, Utils.toPositive(hash) % 3, Utils.toPositive(hash) % 12, Utils.toPositive(hash) % 10_000);
    }
  }
}
